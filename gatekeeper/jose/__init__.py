"""
JSON Web Signatures: keys, where they come from, and what a token must be to be believed.

From text to claims: `token` takes a token apart, `identify` says which key it means, `rings`
finds that key, `algorithms` verifies with it, `claims` judges what it says, and `verifier` is
all of that in one function.

Where keys come from: `settings` says so, `keys` and `key_set` read them, `download` fetches
them over `client`, `key_file` takes them from a file, and `key_sets` is what the endpoints of
one gateway share.
"""
