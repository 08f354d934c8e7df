"""Lines of the logs: how they look and where they go."""
