"""Attacks that take a good seal elsewhere: another path, another corpus, another name of a key."""

from __future__ import annotations

from dataclasses import replace

from gateway.errors import Reason
from gateway.verdict.status import Status
from gateway.verdict.verify import verify
from tests.attacks.forgery import PUBLISHER, RAW, SEALED, TRUST, judged
from tests.attacks.scene import BODY, VICTIM_FIELDS, Scene
from tests.support.client import serving
from tests.support.publisher import NOW, Publisher, claim, trust_in, with_secured

ELSEWHERE = "_news/elsewhere.md"


def test_a_signature_transplanted_from_another_path_is_invalid() -> None:
    other = PUBLISHER.seal(claim(path="_news/other.md", body=RAW.body))
    raw = with_secured(RAW, *other.secured)
    assert judged(raw) == (Status.INVALID, Reason.SIGNATURE_INVALID)


def test_canonical_bytes_transplanted_to_another_path_are_refused() -> None:
    raw = replace(SEALED, path="_news/other.md")
    assert judged(raw) == (Status.INVALID, Reason.CANONICAL_MISMATCH)


def test_a_record_transplanted_to_another_corpus_is_refused() -> None:
    raw = replace(SEALED, corpus="other")
    assert judged(raw) == (Status.INVALID, Reason.CANONICAL_MISMATCH)
    resealed = with_secured(claim(corpus="other"), *SEALED.secured)
    assert verify(resealed, TRUST, NOW).reason is Reason.KEY_NOT_FOR_CORPUS


def test_a_key_that_may_sign_both_corpora_does_not_carry_a_seal_across() -> None:
    both = Publisher(corpora=("demo", "other"))
    trust = trust_in(both.public())
    sealed = both.seal(claim(corpus="other"))
    assert verify(sealed, trust, NOW).status is Status.VERIFIED
    moved = with_secured(claim(corpus="demo"), *sealed.secured)
    assert verify(moved, trust, NOW).reason is Reason.SIGNATURE_INVALID


def test_a_file_copied_to_another_path_is_on_no_surface(scene: Scene) -> None:
    """The file is good where it was made, and nothing where it was put."""
    scene.folder.write(ELSEWHERE, BODY, **VICTIM_FIELDS)
    scene.folder.seal(ELSEWHERE)
    (scene.folder.seeds / ELSEWHERE).rename(scene.file)
    scene.withheld(Reason.SIGNATURE_INVALID)


def test_a_file_that_was_sealed_for_another_corpus_is_on_no_surface(scene: Scene) -> None:
    both = Publisher(corpora=("demo", "other"))
    both.write_public(scene.folder.keys)
    scene.write()
    there = both.seal(claim(dict(VICTIM_FIELDS), corpus="other", path=scene.claim().path))
    scene.write(*there.secured)
    scene.withheld(Reason.SIGNATURE_INVALID)


def test_the_same_folder_served_as_another_corpus_shows_nothing(scene: Scene) -> None:
    scene.seal()
    settings = scene.folder.settings.model_copy(update={"corpus": "other"})
    Publisher("third", corpora=("other",)).write_public(scene.folder.keys)
    with serving(settings) as client:
        assert client.data("{content {totalCount}}") == {"content": {"totalCount": 0}}
        reasons = {entry["reason"] for entry in client.data("{withheld {reason}}")["withheld"]}
    assert reasons == {"KEY_NOT_FOR_CORPUS"}
