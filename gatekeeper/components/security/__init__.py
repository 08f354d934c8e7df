"""Components that decide who may use the service, and what browsers may do with its answers."""
