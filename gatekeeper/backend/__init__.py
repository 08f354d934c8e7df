"""One backend: build its request, choose its host, carry it there, read the answer."""
