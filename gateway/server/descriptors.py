"""File descriptors: every connection takes one."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import resource

# For the store, its log, record files, watches, listening, and what libraries open.
_RESERVED = 128


def connections_that_fit(wanted: int) -> int:
    """So many connections, or fewer where the system allows fewer open files.

    The process asks for as many as it may have (getrlimit(2)).
    """
    if sys.platform == "win32":
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _RESERVED
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(1, soft - _RESERVED)
    return wanted
