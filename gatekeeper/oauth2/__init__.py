"""Tokens that the gateway gets for itself: OAuth 2.0, client credentials grant (RFC 6749, 4.4)."""
