"""Components that look at what requests and responses contain."""
