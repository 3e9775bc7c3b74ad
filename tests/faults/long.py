"""Variants that take minutes: `make faults` runs them."""

from __future__ import annotations

import os

import pytest

IS_LONG = os.environ.get("SEALGATE_FAULTS") == "long"

only_long = pytest.mark.skipif(not IS_LONG, reason="takes minutes: make faults")
