"""Namespace `proxy`: how the backends of an endpoint become one answer."""
