"""HTTP/1.1 and WebSocket connections, bounded in time, bytes and number whatever clients do."""
