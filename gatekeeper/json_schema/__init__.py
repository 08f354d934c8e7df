"""
JSON Schema: ``validation/json-schema``.

`compiling` makes a validator of a configured schema, `document` reads bodies, `structure`
knows which parts of a schema are schemas, `failures` puts what a validator found into the
order and the shape of the original, `wording` and `old_wording` say it in its words.
"""
