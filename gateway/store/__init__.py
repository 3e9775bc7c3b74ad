"""Records at rest: bytes and envelopes in numbered snapshots, never a verdict."""
