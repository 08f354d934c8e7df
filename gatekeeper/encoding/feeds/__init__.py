"""Feeds: what RSS, Atom and JSON feeds have in common, one file per format."""
