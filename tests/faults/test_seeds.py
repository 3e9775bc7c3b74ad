"""Files and folders turn into something else under a running gateway: what was proven stays."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.errors import Reason
from tests.faults.disk import mount, unmount
from tests.faults.stage import (
    LAST,
    Stage,
    readiness,
    reasons,
    running,
    until,
    until_says,
    until_well,
)
from tests.faults.witness import watched
from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.process import Server

GIGABYTE = 1 << 30
NOBODY = 65534


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:40])


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _loop(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.name)


def _dangling(file: Path) -> None:
    file.unlink()
    file.symlink_to("nowhere.md")


def _fifo(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _zeros(file: Path) -> None:
    """A link to the device; without the right to make devices it cannot be there itself."""
    file.unlink()
    file.symlink_to("/dev/zero")


def _sparse(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.truncate(GIGABYTE)


FAULTS: list[tuple[Callable[[Path], None], Reason]] = [
    (_cut, Reason.FILE_INCOMPLETE),
    (_emptied, Reason.FILE_INCOMPLETE),
    (_folder, Reason.FILE_NOT_REGULAR),
    (_loop, Reason.FILE_NOT_REGULAR),
    (_dangling, Reason.FILE_NOT_REGULAR),
    (_fifo, Reason.FILE_NOT_REGULAR),
    (_zeros, Reason.FILE_NOT_REGULAR),
    (_sparse, Reason.FILE_TOO_LARGE),
]


@pytest.mark.parametrize(("happens", "reason"), FAULTS)
def test_a_file_that_is_none_any_more_leaves_the_last_revision_and_is_named(
    shared: Stage, server: Server, happens: Callable[[Path], None], reason: Reason
) -> None:
    file = shared.seeds / LAST
    with watched(shared, server) as witness:
        before = shared.revision
        happens(file)
        until_says(server, reason)
        witness.asked_again()
        assert set(witness.revisions) == {before}
        witness.sees(shared.publish())
        until_well(server)


def _emptied_folder(seeds: Path) -> None:
    shutil.rmtree(seeds / "_news")


def _renamed(seeds: Path) -> None:
    os.rename(seeds, seeds.with_name("elsewhere"))


def _without_end(seeds: Path) -> None:
    os.rename(seeds, seeds.with_name("elsewhere"))
    seeds.symlink_to(seeds.name)


def _file_instead(seeds: Path) -> None:
    os.rename(seeds, seeds.with_name("elsewhere"))
    seeds.write_bytes(b"")


def _made_anew(seeds: Path) -> None:
    """File systems like to give the new folder the number of the old one."""
    shutil.rmtree(seeds)
    seeds.mkdir()


FOLDERS = [_emptied_folder, _renamed, _without_end, _file_instead, _made_anew]


@pytest.mark.parametrize("happens", FOLDERS)
def test_a_folder_without_records_leaves_the_last_revision_until_it_is_back(
    shared: Stage, server: Server, happens: Callable[[Path], None]
) -> None:
    seeds = shared.seeds
    with watched(shared, server) as witness:
        happens(seeds)
        until_says(server, Reason.SEEDS_MISSING)
        witness.asked_again()
        assert set(witness.revisions) == {shared.revision}
        if not seeds.is_dir():
            seeds.unlink(missing_ok=True)
            os.rename(seeds.with_name("elsewhere"), seeds)
        witness.sees(shared.publish())
        until_well(server)


def test_an_unmounted_disk_leaves_the_last_revision_until_it_is_mounted(stage: Stage) -> None:
    seeds, staged = stage.seeds, stage.base / "staged"
    os.rename(seeds, staged)
    seeds.mkdir()
    mount(seeds, "1m")
    try:
        shutil.copytree(staged, seeds, dirs_exist_ok=True)
        with running(stage) as server, watched(stage, server) as witness:
            unmount(seeds)
            until_says(server, Reason.SEEDS_MISSING)
            witness.asked_again()
            mount(seeds, "1m")
            shutil.copytree(stage.stage(2), seeds, dirs_exist_ok=True)
            witness.sees(2)
            until_well(server)
    finally:
        unmount(seeds)


@pytest.fixture
def reachable() -> Iterator[Stage]:
    """One that nobody in particular may reach: the folders of pytest are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        base.chmod(0o755)
        yield Stage(base)


def test_what_the_system_refuses_to_read_leaves_the_last_revision(reachable: Stage) -> None:
    """As somebody else than root, who may read everything."""
    stage, news = reachable, reachable.seeds / "_news"
    with running(stage, before=as_nobody(stage.base)) as server, watched(stage, server) as witness:
        for unreadable in (stage.seeds / LAST, news, stage.seeds):
            mode = unreadable.stat().st_mode
            unreadable.chmod(0)
            until(lambda: readiness(server)["status"] == "degraded", "a sign of it")
            witness.asked_again()
            assert reasons(server) <= {Reason.FILE_UNREADABLE, Reason.SEEDS_MISSING}
            unreadable.chmod(mode)
            until_well(server)
        witness.sees(stage.publish())


def as_nobody(base: Path) -> list[str]:
    """What goes before a command to run it as nobody, who gets the folder."""
    if os.getuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("NOT TESTED: no setpriv")
    if _is_closed(Path(sys.executable).parent):
        pytest.skip("NOT TESTED: nobody may not run this Python")
    os.chown(base, NOBODY, NOBODY)
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]


def _is_closed(folder: Path) -> bool:
    return any(place.stat().st_mode & 0o001 == 0 for place in [folder, *folder.parents])


def test_a_file_cut_anywhere_is_its_last_whole_content_or_withheld(folder: Folder) -> None:
    """Also by the seven bytes at its end, where its front matter is whole."""
    file = folder.add("_news/a.md", body="The whole text.\n" * 8, title="Whole")
    whole = file.read_bytes()
    with serving(folder.settings) as client:
        good = shown(client)
        for length in {*range(0, len(whole), 29), len(whole) - 7, len(whole) - 1}:
            file.write_bytes(whole[:length])
            client.gateway.ingest()
            assert shown(client) in (good, WITHHELD), length
            file.write_bytes(whole)
            client.gateway.ingest()
            assert shown(client) == good


def test_a_file_rewritten_in_place_block_by_block_is_the_old_one_the_new_one_or_withheld(
    folder: Folder,
) -> None:
    file = folder.add("_news/a.md", body="The old text.\n" * 8, title="Old")
    old = file.read_bytes()
    new = folder.add("_news/a.md", body="The new text.\n" * 8, title="New").read_bytes()
    file.write_bytes(old)
    with serving(folder.settings) as client:
        before = shown(client)
        seen = []
        for end in range(0, len(new) + 32, 32):
            file.write_bytes(new[:end] + old[end:])
            client.gateway.ingest()
            seen.append(shown(client))
    (after,) = {answer for answer in seen if answer not in (before, WITHHELD)}
    assert seen[0] == before
    assert seen[-1] == after == ("New", "The new text.\n" * 8)
    assert WITHHELD in seen


WITHHELD = (None, None)


def shown(client: Client) -> tuple[str | None, str | None]:
    """Title and body of the record; what a list shows is the same, or nothing."""
    query = '{article(path: "_news/a.md") {title body} articles {edges {node {title body}}}}'
    data = client.post(query)["data"]
    article, edges = data["article"], data["articles"]["edges"]
    assert [edge["node"] for edge in edges] == ([] if article is None else [article])
    return WITHHELD if article is None else (article["title"], article["body"])
