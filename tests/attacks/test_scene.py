"""The checks that attacks are held against can fail: an honest record is seen everywhere."""

from __future__ import annotations

from gateway.errors import Reason
from gateway.verdict.status import Status
from tests.attacks.forgery import RAW, SEALED, forge, header, judged
from tests.attacks.scene import Scene
from tests.support.publisher import with_secured


def test_the_untouched_record_is_verified() -> None:
    assert judged(SEALED) == (Status.VERIFIED, Reason.OK)
    assert judged(with_secured(RAW, forge(header()))) == (Status.VERIFIED, Reason.OK)


def test_the_untouched_record_is_on_every_surface(scene: Scene) -> None:
    scene.seal()
    scene.shown()
