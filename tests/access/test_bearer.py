"""The header Authorization (RFC 6750, RFC 9110 section 11)."""

from __future__ import annotations

import pytest

from gateway.access.bearer import MAX_CHARS, bearer, challenge
from gateway.access.refusal import TokenError, missing
from gateway.access.scope import Scope


def test_no_header_is_no_token() -> None:
    assert bearer([]) is None


@pytest.mark.parametrize("line", ["Bearer abc", "bearer abc", "BEARER   abc", " Bearer abc "])
def test_the_scheme_may_be_written_in_any_case(line: str) -> None:
    assert bearer([line]) == "abc"


@pytest.mark.parametrize(
    "lines",
    [
        [""],
        ["Bearer"],
        ["Bearer "],
        ["Basic YTpi"],
        ["Bearer a b"],
        ["Bearer é"],
        ["Bearer a", "Bearer a"],
        ["Bearer " + "a" * (MAX_CHARS + 1)],
    ],
)
def test_credentials_that_cannot_be_read_are_refused_and_never_passed_over(
    lines: list[str],
) -> None:
    with pytest.raises(TokenError) as refused:
        bearer(lines)
    assert refused.value.why == "malformed"


def test_a_challenge_says_whether_a_token_is_bad_missing_or_may_too_little() -> None:
    assert challenge(TokenError("expired")) == 'Bearer realm="sealgate", error="invalid_token"'
    nobody = missing(Scope.READ, anonymous=True)
    assert challenge(nobody) == 'Bearer realm="sealgate", scope="read"'
    somebody = missing(Scope.READ, anonymous=False)
    assert challenge(somebody) == (
        'Bearer realm="sealgate", error="insufficient_scope", scope="read"'
    )
