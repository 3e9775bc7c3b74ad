"""Attacks between verifying and serving: files that change after they were read, and rows that do
not stay what was judged. What is served is the verified bytes, or nothing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from gateway.corpus import claim as claiming
from gateway.errors import Reason
from gateway.frontmatter.source import read_regular
from gateway.records.raw import RawRecord
from gateway.store.row import Row
from gateway.store.store import Store
from gateway.store.tables import rows
from tests.attacks.scene import (
    BODY,
    MARK,
    SURFACES,
    VICTIM,
    Scene,
    answers,
    assert_shown,
    assert_withheld,
    victim_id,
    without_victim,
)
from tests.support.client import Client, serving
from tests.support.folder import replace_in
from tests.support.publisher import NOW

READ = f'{{article(path: "{VICTIM}") {{title body integrity {{canonical digest secured}}}}}}'


def read(client: Client) -> Any:
    """The record, after a look at whether its proof is about what is shown."""
    article = client.data(READ)["article"]
    canonical = json.loads(article["integrity"]["canonical"])
    digest = hashlib.sha256(article["integrity"]["canonical"].encode()).hexdigest()
    assert article["integrity"]["digest"] == digest
    assert article["title"] == canonical["record"]["title"]
    body = hashlib.sha256(article["body"].encode()).hexdigest()
    assert canonical["body"] == f"sha256:{body}"
    return article


def _edited(file: Path) -> None:
    replace_in(file, "harbour", "harbor")


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _removed(file: Path) -> None:
    file.unlink()


def _linked(file: Path) -> None:
    other = file.parent / "other.txt"
    other.write_text("---\ntitle: Elsewhere\n---\n", encoding="utf-8")
    file.unlink()
    file.symlink_to(other)


def _piped(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


# What happens to the file after it was taken up, and what is said once that is taken up, too.
SWAPS: list[tuple[Callable[[Path], None], Reason | None]] = [
    (_edited, Reason.SIGNATURE_INVALID),
    (_emptied, None),
    (_removed, None),
    (_linked, None),
    (_piped, None),
]


@pytest.mark.parametrize(("swap", "reason"), SWAPS)
def test_a_file_swapped_after_it_was_verified_changes_nothing_that_is_served(
    scene: Scene, swap: Callable[[Path], None], reason: Reason | None
) -> None:
    scene.seal()
    with serving(scene.folder.settings) as client:
        before = read(client)
        swap(scene.file)
        assert read(client) == before
        assert_shown(client)
        client.gateway.ingest()
        if reason is not None:
            assert_withheld(client, reason)


def test_a_file_swapped_while_it_is_taken_up_is_judged_by_the_bytes_that_were_read(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each file is read once: there is no second look that could see something else."""
    scene.seal()
    whole, reads = scene.file.read_bytes(), []
    original = read_regular

    def read_and_swap(path: Path, limit: int) -> bytes:
        data = original(path, limit)
        if path == scene.file:
            reads.append(data)
            path.write_bytes(data.replace(b"harbour", b"sewer"))
        return data

    monkeypatch.setattr(claiming, "read_regular", read_and_swap)
    with serving(scene.folder.settings) as client:
        assert read(client)["body"] == BODY
        assert "harbour" in read(client)["title"]
        assert reads == [whole]
        monkeypatch.undo()
        client.gateway.ingest()
        assert_withheld(client, Reason.SIGNATURE_INVALID)


def rewrite(client: Client, **values: Any) -> None:
    """What a writer of the database does behind the gateway's back."""
    with client.gateway.store.writing() as connection:
        connection.execute(rows.update().where(rows.c.path == VICTIM).values(**values))


def assert_noticed(client: Client, reason: Reason) -> None:
    """Whoever names it first finds out, and from then on it is nowhere.

    The feed alone tells of it until the gateway's next round: as withdrawn, to everybody.
    """
    assert client.error(READ)["reason"] == reason
    hidden = without_victim()
    unlike = {name for name, answer in answers(client).items() if answer != hidden[name]}
    assert unlike <= {"changes"}
    (event,) = (
        event
        for event in client.data(SURFACES["changes"])["changes"]["events"]
        if event["path"] == VICTIM
    )
    assert (event["kind"], event["reason"], event["record"]) == ("WITHDRAW", reason, None)
    client.gateway.view()
    assert_withheld(client, reason)


def _another_version(scene: Scene) -> RawRecord:
    """One that was sealed at the same path, as well as the one that is served."""
    scene.write(title=f"Another {MARK}")
    raw = scene.claim()
    scene.write(scene.publisher.envelope(raw, NOW - 9), title=f"Another {MARK}")
    return scene.claim()


def _columns(raw: RawRecord) -> dict[str, Any]:
    return {
        "canonical": raw.canonical,
        "body": raw.body,
        "secured": json.dumps(raw.secured),
    }


@pytest.mark.parametrize("warm", [True, False], ids=["read before", "never read"])
@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"body": b"else"}, Reason.BODY_MISMATCH),
        ({"secured": "[]"}, Reason.SECURED_MISSING),
        ({"canonical": b"{}"}, Reason.CANONICAL_UNREADABLE),
        ({"path": "_news/moved.md"}, Reason.ROW_CHANGED),
    ],
)
def test_a_row_changed_behind_a_remembered_verdict_is_on_no_surface(
    scene: Scene, values: dict[str, Any], reason: Reason, warm: bool
) -> None:
    scene.seal()
    with serving(scene.folder.settings) as client:
        if warm:
            read(client)
        rewrite(client, **values)
        assert_noticed(client, reason)


def test_a_row_replaced_by_another_sealed_version_is_on_no_surface(scene: Scene) -> None:
    other = _columns(_another_version(scene))
    scene.seal()
    with serving(scene.folder.settings) as client:
        read(client)
        rewrite(client, **other)
        assert_noticed(client, Reason.ROW_CHANGED)


TWICE = """query ($id: ID!, $path: String!) {
  articles { totalCount edges { node { path title body related { article { path title } } } } }
  again: article(path: $path) { title body } node(id: $id) { ... on Content { title body } } }"""


@pytest.mark.parametrize("read_number", range(2))
def test_a_row_swapped_between_two_reads_of_one_operation_is_one_version_or_nothing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, read_number: int
) -> None:
    """Whenever the swap happens, nothing of the other version is in the answer."""
    other, named = _columns(_another_version(scene)), {"id": victim_id(), "path": VICTIM}
    scene.seal()
    # Nothing stays at hand, so that each part of the answer is read for itself.
    settings = scene.folder.settings.model_copy(update={"cache_bytes": 0})
    with serving(settings) as client:
        original, count = Store.read, 0

        def swap_then_read(store: Store, ids: Sequence[int]) -> list[Row]:
            nonlocal count
            if count == read_number:
                rewrite(client, **other)
            count += 1
            return original(store, ids)

        monkeypatch.setattr(Store, "read", swap_then_read)
        document = client.post(TWICE, variables=named)
        monkeypatch.undo()
    assert count > read_number
    text = json.dumps(document)
    assert f"Another {MARK}" not in text
    # It was swapped before the first read; or what had been read before is shown, and only that.
    if read_number == 0:
        assert MARK not in text
        assert {error["extensions"]["reason"] for error in document["errors"]} == {"ROW_CHANGED"}
    else:
        # A plan that met the swap is given up, and whatever it had read with it.
        again = document["data"]["again"]
        assert again is None or again["body"] == BODY
