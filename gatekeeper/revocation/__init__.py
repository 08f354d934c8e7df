"""Tokens that are refused before they expire: who remembers them, and how they get there."""
