"""An example that runs anywhere: ``gatekeeper demo``."""
