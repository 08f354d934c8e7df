"""
JSON Schema: ``validation/json-schema``.

`compiling` makes a validator of a configured schema, `document` reads bodies.  When one does
not fit, `finding` finds out why, with `holding` for single keywords and `structure` for the
way through the schema; `wording` and `old_wording` say it in the words of the original.
"""
