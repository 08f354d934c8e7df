"""HTTP on the wire, as Twisted protocols.  Nothing here knows of the gateway above it."""
