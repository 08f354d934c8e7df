"""Pure functions on decoded data."""
