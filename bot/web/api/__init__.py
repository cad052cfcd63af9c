"""The HTTP API `/api/v1` for other systems. Its parts are loaded at its first request."""
