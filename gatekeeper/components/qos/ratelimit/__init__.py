"""Namespaces `qos/ratelimit/...`: how often something may be asked."""
