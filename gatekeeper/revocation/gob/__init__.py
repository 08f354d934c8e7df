"""
The part of Go's gob encoding that the revoker's RPC needs, without any input or output.

A stream of messages, each a length and a payload.  A payload begins with the number of a
type: negative numbers define a type, positive ones are followed by a value of that type.

Source: Go documentation, package ``encoding/gob``, "Encoding Details".
"""
