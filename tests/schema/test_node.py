"""Ids are opaque, and nothing but an id is one."""

from __future__ import annotations

import pytest

from gateway.errors import QueryError, Reason
from schema.node import Identity, decode_id, encode_id


def test_the_longest_id_is_one_and_with_more_behind_it_it_is_none() -> None:
    around = len(encode_id("Article", "demo", ""))
    longest = encode_id("Article", "demo", "a" * ((32_768 - around) * 3 // 4))
    assert len(longest) == 32_768
    assert decode_id(longest).type == "Article"
    for more in ("A", "AA", "A" * 32_768):
        with pytest.raises(QueryError) as caught:
            decode_id(longest + more)
        assert caught.value.code is Reason.BAD_USER_INPUT


def test_an_id_comes_back() -> None:
    assert decode_id(encode_id("Topic", "demo", "AI")) == Identity("Topic", "demo", ("AI",))
