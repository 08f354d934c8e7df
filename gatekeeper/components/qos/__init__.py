"""Namespaces `qos/...`: limits, breakers, caches."""
