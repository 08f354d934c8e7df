"""Namespaces `backend/...`: other ways to reach a backend."""
