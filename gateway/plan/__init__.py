"""Validated operations as Python functions, with the answers of the reference executor."""
