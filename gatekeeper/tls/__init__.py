"""Certificates and the contexts that use them."""
