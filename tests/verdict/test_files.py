"""From a sealed file to a verdict: no edit that changes what is served goes unnoticed."""

from __future__ import annotations

from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.corpus.claim import claim_bytes
from gateway.corpus.seal import seal_bytes
from gateway.errors import SealgateError
from gateway.frontmatter.limits import Limits
from gateway.verdict.status import Status
from gateway.verdict.verify import verify
from tests.support.fuzz import fuzz
from tests.support.publisher import NOW, Publisher, trust_in

PATH = "_news/a.md"
LIMITS = Limits()
PUBLISHER = Publisher()
TRUST = trust_in(PUBLISHER.public())
RECEIVED = next((Path(__file__).parents[1] / "fixtures").glob("*.md")).read_bytes()
SEALED = seal_bytes("demo", PATH, RECEIVED + b"Body.\n", PUBLISHER.key, NOW, LIMITS)
CANONICAL = claim_bytes("demo", PATH, SEALED, LIMITS).canonical


def proves_what_it_did(data: bytes) -> bool:
    """Not verified at all, or verified over the very bytes that were sealed."""
    try:
        raw = claim_bytes("demo", PATH, data, LIMITS)
    except SealgateError:
        return True
    verdict = verify(raw, TRUST, NOW)
    return verdict.status is not Status.VERIFIED or raw.canonical == CANONICAL


def test_the_untouched_file_is_verified() -> None:
    assert verify(claim_bytes("demo", PATH, SEALED, LIMITS), TRUST, NOW).status is Status.VERIFIED


@fuzz
@given(st.integers(0, len(SEALED) - 1), st.integers(0, 255))
@example(SEALED.index(b"quality: 76") + 9, ord("8"))
@example(SEALED.index(b"Body.") + 1, ord("0"))
def test_no_changed_byte_of_a_file_changes_what_is_proven(position: int, byte: int) -> None:
    assert proves_what_it_did(SEALED[:position] + bytes([byte]) + SEALED[position + 1 :])


@fuzz
@given(st.integers(0, len(SEALED)), st.integers(0, 200))
def test_no_cut_out_of_a_file_changes_what_is_proven(start: int, length: int) -> None:
    assert proves_what_it_did(SEALED[:start] + SEALED[start + length :])


@fuzz
@given(st.integers(0, len(SEALED)))
def test_a_truncated_file_is_never_proven_to_be_something_else(length: int) -> None:
    assert proves_what_it_did(SEALED[:length])


@fuzz
@given(st.integers(0, len(SEALED)), st.binary(max_size=20) | st.text(max_size=10).map(str.encode))
def test_no_insertion_into_a_file_changes_what_is_proven(position: int, more: bytes) -> None:
    assert proves_what_it_did(SEALED[:position] + more + SEALED[position:])
