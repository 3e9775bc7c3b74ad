"""Attacks on remembered verdicts: an entry that is about other bytes is never believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.errors import Reason
from gateway.records.raw import RawRecord
from gateway.repository.judge import Judge
from gateway.store.row import Row
from gateway.verdict.verdict import Rejected, Verified
from gateway.verdict.verify import verify
from tests.attacks.forgery import PUBLISHER, RAW, SEALED, TRUST
from tests.attacks.scene import VICTIM, Scene, assert_shown, assert_withheld
from tests.support.client import Client, serving
from tests.support.publisher import NOW, claim, with_secured

ROOM = 1 << 20
FORGED = with_secured(claim(body=b"Forged.\n"), *SEALED.secured)


def verified(raw: RawRecord) -> Verified:
    verdict = verify(raw, TRUST, NOW)
    assert isinstance(verdict, Verified)
    return verdict


OTHERS = {
    "another path": PUBLISHER.seal(claim(path="_news/b.md")),
    "another version": PUBLISHER.seal(claim(body=b"Another body.\n")),
    "another envelope": with_secured(RAW, *SEALED.secured, "neither"),
}


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("asked", [FORGED, SEALED], ids=["forged", "good"])
def test_a_verdict_over_other_bytes_under_a_records_fingerprint_is_not_believed(
    name: str, asked: RawRecord
) -> None:
    judge = Judge(TRUST, NOW, ROOM)
    judge._cache[asked.fingerprint] = verified(OTHERS[name])
    verdict = judge.judge(Row(1, asked.path, asked), NOW)
    if asked is FORGED:
        assert isinstance(verdict, Rejected)
        assert verdict.reason is Reason.SIGNATURE_INVALID
    else:
        assert isinstance(verdict, Verified)
    # Whatever the verdict, it is about what was asked.
    assert verdict.raw == asked


def test_a_verdict_is_remembered_and_it_is_the_same_one() -> None:
    judge = Judge(TRUST, NOW, ROOM)
    first = judge.judge(Row(1, RAW.path, SEALED), NOW)
    assert judge.judge(Row(2, RAW.path, replace(SEALED)), NOW) is first


def poison(client: Client, raw: RawRecord, verdict: Verified) -> None:
    judge = client.gateway.repository._judge
    assert judge is not None
    judge._cache[raw.fingerprint] = verdict


def test_a_gateway_with_a_poisoned_memory_serves_what_is_true(scene: Scene) -> None:
    """Before and after the view is built from it."""
    sealed = scene.seal()
    scene.write(body="Forged.\n", title="Forged")
    scene.write(*sealed.secured, body="Forged.\n", title="Forged")
    forged = scene.claim()
    with serving(scene.folder.settings) as client:
        assert_withheld(client, Reason.SIGNATURE_INVALID)
        good = verify(sealed, client.gateway.repository.trust, NOW)
        assert isinstance(good, Verified)
        poison(client, forged, good)
        assert_withheld(client, Reason.SIGNATURE_INVALID)
        # A row that is new to the view, but known to the memory.
        scene.file.unlink()
        client.gateway.ingest()
        scene.write(*sealed.secured, body="Forged.\n", title="Forged")
        client.gateway.ingest()
        assert_withheld(client, Reason.SIGNATURE_INVALID)
        scene.seal()
        client.gateway.ingest()
        assert_shown(client)


def test_a_poisoned_entry_of_a_record_that_is_served_does_not_change_it(scene: Scene) -> None:
    scene.seal()
    query = f'{{article(path: "{VICTIM}") {{title}}}}'
    with serving(scene.folder.settings) as client:
        before = client.data(query)
        poison(client, scene.claim(), verified(SEALED))
        assert client.data(query) == before
        assert_shown(client)


def test_what_is_remembered_is_bounded_by_its_size() -> None:
    weight = 4096 + len(SEALED.canonical) + len(SEALED.body) + len(SEALED.secured[0])
    judge = Judge(TRUST, NOW, 3 * (weight + 100))
    sealed = [PUBLISHER.seal(claim(path=f"_news/{n}.md", body=RAW.body)) for n in range(9)]
    for raw in sealed:
        assert isinstance(judge.judge(Row(1, raw.path, raw), NOW), Verified)
        assert judge._cache.currsize <= judge._cache.maxsize
    assert list(judge._cache) == [raw.fingerprint for raw in sealed[-3:]]


def test_what_is_larger_than_the_memory_is_judged_all_the_same() -> None:
    judge = Judge(TRUST, NOW, 5000)
    large = PUBLISHER.seal(claim(body=b"x" * 5000))
    assert isinstance(judge.judge(Row(1, large.path, large), NOW), Verified)
    assert len(judge._cache) == 0


def test_what_was_rejected_is_not_remembered() -> None:
    judge = Judge(TRUST, NOW, ROOM)
    assert isinstance(judge.judge(Row(1, FORGED.path, FORGED), NOW), Rejected)
    assert len(judge._cache) == 0
