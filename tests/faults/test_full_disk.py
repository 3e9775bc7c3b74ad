"""No room where the store is: reads go on, the old snapshot is whole, and room mends it."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.errors import Reason, StoreError
from gateway.trust.directory import read_trust
from tests.faults.disk import fill, small_disk
from tests.faults.stage import Stage, reasons, running, until, until_says, until_well
from tests.faults.witness import watched
from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.publisher import NOW

PATHS = [f"_news/{number}.md" for number in range(12)]
LISTING = "{ articles(first: 20) { totalCount edges { node { path title body } } } }"
PAGE = 4096

# Of the store when nothing writes to it.
AT_REST = {"store.db", "store.db-wal", "store.db-shm"}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    with small_disk(tmp_path, "4m") as disk:
        yield disk


def write(folder: Folder, revision: int) -> None:
    for path in PATHS:
        folder.add(path, body=f"Body {revision}.\n" * 60, title=f"Revision {revision}")


def titles(client: Client) -> set[str]:
    """Of all records that are listed."""
    articles = client.data(LISTING)["articles"]
    assert articles["totalCount"] == len(PATHS)
    return {edge["node"]["title"] for edge in articles["edges"]}


def test_whatever_room_is_left_it_is_the_old_or_the_new_snapshot(
    folder: Folder, small: Path
) -> None:
    """From none at all to as much as is needed, a page at a time."""
    settings = folder.settings.model_copy(update={"store": f"sqlite:///{small}/store.db"})
    write(folder, 0)
    outcomes = []
    with serving(settings) as client:
        for revision in range(1, 40):
            before = titles(client)
            filler = fill(small, (revision - 1) * PAGE)
            write(folder, revision)
            outcomes.append(taken_up(client))
            after = titles(client)
            assert after == ({f"Revision {revision}"} if outcomes[-1] else before)
            filler.unlink()
            client.gateway.ingest()
            assert titles(client) == {f"Revision {revision}"}
            assert {file.name for file in small.iterdir()} == AT_REST
    assert False in outcomes
    assert True in outcomes


def taken_up(client: Client) -> bool:
    try:
        client.gateway.ingest()
    except StoreError as error:
        return error.code is not Reason.STORE_FULL
    return True


def test_a_revocation_needs_no_room(folder: Folder, small: Path) -> None:
    settings = folder.settings.model_copy(update={"store": f"sqlite:///{small}/store.db"})
    write(folder, 0)
    with serving(settings) as client:
        fill(small, 0)
        folder.publisher.write_public(folder.keys, revoked={"revoked_at": NOW, "reason": "lost"})
        client.gateway.repository.replace_trust(read_trust(folder.keys))
        assert client.data(LISTING)["articles"]["totalCount"] == 0


def test_a_full_disk_under_a_running_gateway_is_named_and_mended_by_room(
    stage: Stage, small: Path
) -> None:
    store = {"SEALGATE_STORE": f"sqlite:///{small}/store.db"}
    with running(stage, **store) as server, watched(stage, server) as witness:
        filler = fill(small, 0)
        before, after = stage.revision, stage.publish()
        until_says(server, Reason.STORE_FULL)
        witness.asked_again()
        assert set(witness.revisions) == {before}
        filler.unlink()
        witness.sees(after)
        until_well(server)


def test_a_limit_on_the_size_of_files_ends_no_process(stage: Stage) -> None:
    """As SIGXFSZ and EFBIG say it (setrlimit(2)), at every size up to the one that is enough."""
    log = stage.store.with_name("store.db-wal")
    with running(stage) as server, watched(stage, server) as witness:
        for step in range(0, 60, 12):
            limit = log.stat().st_size + step * 1024
            before = stage.revision
            set_limit(server.process.pid, limit)
            after = stage.publish()
            until(lambda: reasons(server) or after in witness.revisions, "a sign of it")  # noqa: B023
            witness.asked_again()
            assert set(witness.revisions[-3:]) <= {before, after}
            set_limit(server.process.pid, resource.RLIM_INFINITY)
            witness.sees(after)
            until_well(server)


def set_limit(pid: int, size: int) -> None:
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
