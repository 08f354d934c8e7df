"""What a backend, a client or the network can do to the gateway, on real sockets."""
