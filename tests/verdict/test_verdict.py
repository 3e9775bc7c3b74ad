"""There is no way to a Verified but through the verifier."""

from __future__ import annotations

import ast
import copy
import pickle
from pathlib import Path

import pytest

import gateway
from gateway.errors import Reason
from gateway.trust.policy import Mode, Policy
from gateway.verdict.status import Status
from gateway.verdict.verdict import Disclosed, Rejected, Verified, disclose
from gateway.verdict.verify import verify
from tests.support.publisher import NOW, Publisher, claim, trust_in

PUBLISHER = Publisher()


def verified() -> Verified:
    verdict = verify(PUBLISHER.seal(claim()), trust_in(PUBLISHER.public()), NOW)
    assert isinstance(verdict, Verified)
    return verdict


def rejected() -> Rejected:
    verdict = verify(claim(), trust_in(PUBLISHER.public()), NOW)
    assert isinstance(verdict, Rejected)
    return verdict


@pytest.mark.parametrize("kind", [Verified, Disclosed])
@pytest.mark.parametrize("witness", [None, object(), True])
def test_the_constructors_want_a_witness(kind: type[Verified | Disclosed], witness: object) -> None:
    with pytest.raises(TypeError, match=r"only gateway\.verdict makes"):
        kind(
            witness,
            raw=claim(),
            status=Status.VERIFIED,
            reason=Reason.OK,
            checks=(),
            key_ids=(),
            sealed_at=0,
            until=None,
        )


def test_a_verified_cannot_be_changed() -> None:
    verdict = verified()
    with pytest.raises(AttributeError):
        verdict.raw = claim(path="_news/b.md")
    with pytest.raises(AttributeError):
        del verdict.raw
    with pytest.raises(AttributeError):
        verdict.extra = 1


def test_a_verified_cannot_be_pickled_or_subclassed_and_copies_are_itself() -> None:
    verdict = verified()
    with pytest.raises(TypeError):
        pickle.dumps(verdict)
    assert copy.copy(verdict) is verdict
    assert copy.deepcopy(verdict) is verdict
    with pytest.raises(TypeError, match="cannot be subclassed"):
        type("Forged", (Verified,), {})
    with pytest.raises(TypeError, match="cannot be subclassed"):
        type("Forged", (Disclosed,), {})


def test_changing_what_was_decoded_changes_nothing() -> None:
    verdict = verified()
    decoded = verdict.decode().record
    assert isinstance(decoded, dict)
    decoded["title"] = "forged"
    assert verdict.decode().record["title"] == "A seal on every page"


def test_nobody_outside_the_verdict_package_touches_the_witness() -> None:
    sources = Path(gateway.__file__).parent.parent
    named = {
        path.relative_to(sources).as_posix()
        for package in ("gateway", "schema")
        for path in (sources / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Name) and node.id == "_WITNESS")
        or (isinstance(node, ast.Attribute) and node.attr == "_WITNESS")
        or (isinstance(node, ast.alias) and node.name == "_WITNESS")
    }
    assert named == {"gateway/verdict/verdict.py", "gateway/verdict/verify.py"}


def test_enforce_discloses_nothing_and_report_discloses_with_the_verdict() -> None:
    verdict = rejected()
    assert disclose(verdict, Policy()) is None
    shown = disclose(verdict, Policy(mode=Mode.REPORT))
    assert isinstance(shown, Disclosed)
    assert shown.status is Status.MISSING
    assert shown.reason is Reason.SECURED_MISSING
