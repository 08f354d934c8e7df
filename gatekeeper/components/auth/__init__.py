"""Who may ask, and how backends and clients are told: components of ``auth/``."""
