"""The verdict over a record. `verify` is the only way to a `Verified`."""
