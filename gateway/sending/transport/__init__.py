"""HTTP/1.1 and SMTP below Apprise: event loop, connection pool, deadlines, network policy."""
