"""Endpoints whose transports are as fast as the event loop allows."""
