"""The Resource tree: from a client's request to an endpoint and back."""
