"""How many examples a property test tries: few in `make test`, many in `make fuzz`."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

Test = TypeVar("Test", bound=Callable[..., Any])

_EXAMPLES = int(os.environ.get("SEALGATE_FUZZ_EXAMPLES", "150"))


def fuzz(test: Test) -> Test:
    """Derandomised, so that a run that passed passes again; no deadline, since machines differ."""
    bounded = settings(
        max_examples=_EXAMPLES,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    marked: Test = pytest.mark.fuzz(bounded(test))
    return marked
