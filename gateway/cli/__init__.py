"""The command `sealgate`."""
