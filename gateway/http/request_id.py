"""A name for each request, by which its answer, its log lines and its traces are found."""

from __future__ import annotations

import os
import re

from starlette.types import Scope

_PASSED_ON = re.compile(rb"[A-Za-z0-9._-]{1,64}")

_BYTES = 8
# To ask the system for random bytes takes longer than all else that is done here.
_AT_ONCE = 512
_drawn: list[str] = []

# Two processes must not hand out the same ones.
os.register_at_fork(after_in_child=_drawn.clear)


def request_id_of(scope: Scope) -> str:
    """The client's, if it sent one that can be passed on; else a new one."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _PASSED_ON.fullmatch(value):
            return str(value.decode("ascii"))
    return _new()


def _new() -> str:
    try:
        return _drawn.pop()
    except IndexError:
        random = os.urandom(_BYTES * _AT_ONCE)
        ids = [random[at : at + _BYTES].hex() for at in range(0, len(random), _BYTES)]
        _drawn.extend(ids[1:])
        return ids[0]
