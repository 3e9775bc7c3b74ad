"""A list is told from others by everything that makes it what it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gateway.index.condition import Compare, Every, Field, Neither, Op
from gateway.index.listing import BEST_MATCH_FIRST, By, Listing, Order
from gateway.index.search import Search
from gateway.records.kind import CONTENT_KINDS, Kind

ROOT = Path(__file__).parents[2]
HOT = Compare(Field.HEAT, Op.GT, 1)
LISTINGS = [
    Listing(CONTENT_KINDS),
    Listing((Kind.ARTICLE,)),
    Listing((Kind.ARTICLE,), HOT),
    Listing((Kind.ARTICLE,), Neither(HOT)),
    Listing((Kind.ARTICLE,), Every((HOT,))),
    Listing((Kind.ARTICLE,), Every((HOT, HOT))),
    Listing((Kind.ARTICLE,), Compare(Field.HEAT, Op.GTE, 1)),
    Listing((Kind.ARTICLE,), Compare(Field.QUALITY, Op.GT, 1)),
    Listing((Kind.ARTICLE,), Compare(Field.HEAT, Op.GT, 2)),
    Listing((Kind.ARTICLE,), Compare(Field.TITLE, Op.EQ, "1")),
    Listing((Kind.ARTICLE,), Compare(Field.TITLE, Op.IN, ("1",))),
    Listing((Kind.ARTICLE,), search=Search("")),
    Listing((Kind.ARTICLE,), search=Search("seal")),
    Listing((Kind.ARTICLE,), search=Search("seal"), order=(BEST_MATCH_FIRST,)),
    Listing((Kind.ARTICLE,), order=()),
    Listing((Kind.ARTICLE,), order=(Order(By.HEAT, descending=True),)),
    Listing((Kind.ARTICLE,), order=(Order(By.HEAT, descending=False),)),
]


def test_different_lists_have_different_digests() -> None:
    assert len({listing.digest for listing in LISTINGS}) == len(LISTINGS)


def test_equal_lists_have_equal_digests_in_every_process() -> None:
    """A cursor may come back to another worker than the one that gave it out."""
    again = Listing((Kind.ARTICLE,), Compare(Field.HEAT, Op.GT, 1))
    assert again.digest == LISTINGS[2].digest
    program = f"from {__name__} import LISTINGS; print(*(one.digest for one in LISTINGS))"
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        printed = subprocess.check_output([sys.executable, "-c", program], env=environment)
        assert printed.decode().split() == [listing.digest for listing in LISTINGS]
