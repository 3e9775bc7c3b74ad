"""The bytes that are signed: RFC 8785 over the record and its place."""
