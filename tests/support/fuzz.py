"""How many examples a property test tries: few in `make test`, many in `make fuzz`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

Test = TypeVar("Test", bound=Callable[..., Any])

_EXAMPLES = int(os.environ.get("SEALGATE_FUZZ_EXAMPLES", "150"))


def bounded(dearer: int = 1, least: int = 1) -> settings:
    """Derandomised, so that a run that passed passes again; no deadline, since machines differ.

    dearer: how many times as long as usual one example takes; there are as many times fewer, but at
    least so many.
    """
    return settings(
        max_examples=max(least, _EXAMPLES // dearer),
        deadline=None,
        derandomize=True,
        print_blob=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


def fuzz(test: Test) -> Test:
    marked: Test = pytest.mark.fuzz(bounded()(test))
    return marked
