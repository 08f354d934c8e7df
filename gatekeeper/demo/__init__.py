"""An embedded example with a backend of its own, so that the first `curl` answers at once."""
