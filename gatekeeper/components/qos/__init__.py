"""Components of the namespace ``qos``."""
