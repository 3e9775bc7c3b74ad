"""What is left to the reference executor."""

from __future__ import annotations


class Unsupported(Exception):  # noqa: N818  not a failure: somebody else answers
    """The operation, or this run of it, is for the reference executor. `str` says why, in a word
    or two that can label a metric."""
