"""Whatever a parser is given, it takes it or refuses it with our error, and its work keeps pace
with the size of the input.

The parsers, and what else must hold of what they accept, are in `files.py`, `names.py` and
`tokens.py`.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.files import FILES
from tests.fuzz.names import NAMES
from tests.fuzz.tokens import TOKENS
from tests.support.effort import lines_run, most_memory
from tests.support.fuzz import bounded, fuzz
from tests.support.mutations import ODD, each_changed_once
from tests.support.parser import Parser, shown

_LARGE = 4000  # bytes; the square of it is well above what the bounds allow

PARSERS = (*FILES, *NAMES, *TOKENS)
EACH = pytest.mark.parametrize("parser", PARSERS, ids=repr)


@EACH
def test_the_seeds_are_accepted(parser: Parser) -> None:
    """Without this everything below could be about inputs that fail at their first byte."""
    assert all(map(parser.accepts, parser.seeds))


@pytest.mark.parametrize("parser", [p for p in PARSERS if p.trees], ids=repr)
def test_one_thing_wrong_in_any_place_is_taken_or_refused_with_our_error(parser: Parser) -> None:
    for tree in parser.trees:
        for changed in map(parser.wrap, each_changed_once(tree)):
            with shown(changed):
                parser.accepts(changed)


@EACH
@fuzz
@given(data=st.data())
def test_what_was_valid_once_is_taken_or_refused_with_our_error(
    parser: Parser, data: st.DataObject
) -> None:
    parser.accepts(data.draw(parser.near_valid(), label=parser.name))


@EACH
@fuzz
@given(data=st.binary(max_size=500))
def test_arbitrary_bytes_are_taken_or_refused_with_our_error(parser: Parser, data: bytes) -> None:
    parser.accepts(data)


@st.composite
def _grown(draw: st.DrawFn, parser: Parser) -> bytes:
    """A seed in which one thing stands very often."""
    seed = draw(st.sampled_from(list(parser.seeds)))
    at, length = draw(st.integers(0, len(seed))), draw(st.integers(1, 40))
    unit = draw(st.sampled_from([*parser.words, *ODD, seed[at : at + length] or b"a"]))
    return seed[:at] + unit * (_LARGE // len(unit)) + seed[at:]


@EACH
@pytest.mark.fuzz
@bounded(4)
@given(data=st.data())
def test_work_and_memory_grow_no_faster_than_the_input(parser: Parser, data: st.DataObject) -> None:
    """Lines of Python and allocated bytes are counted. One more of either for each pair of bytes
    would be far above the bounds, which are several times what is needed."""
    grown = data.draw(_grown(parser), label=parser.name)
    for seed in parser.seeds:
        parser.accepts(seed)  # what is made once, and kept, is not this input's
    assert lines_run(lambda: parser.accepts(grown)) <= 150_000 + 200 * len(grown)
    assert most_memory(lambda: parser.accepts(grown)) <= (2 << 20) + 400 * len(grown)
