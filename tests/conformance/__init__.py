"""Recorded behaviour of the original, replayed against this gateway."""
