"""Who may call, and who we are towards backends: namespaces that begin with ``auth/``."""
