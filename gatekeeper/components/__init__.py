"""The components: a namespace ``a/b/c`` is the file ``a/b/c.py`` below this folder."""
