"""Namespaces `telemetry/...`: what the gateway tells about itself."""
