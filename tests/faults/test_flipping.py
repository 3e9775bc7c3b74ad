"""Files that change faster than they are read: what is shown was proven; the last state wins."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.long import IS_LONG
from tests.faults.stage import LAST, PATHS, Stage, logged, running, until, until_well
from tests.faults.witness import watched
from tests.support.process import Server

ANSWERS = 20_000 if IS_LONG else 200
# Whole rounds of every path in each of its versions, so that all end with the last one.
VERSIONS = 3
ROUNDS = 3_333 if IS_LONG else 111
CHANGES = ROUNDS * VERSIONS * len(PATHS)
# Bytes. The views of older snapshots that are kept take some 60 MB, however long it lasts.
GROWTH = 96 << 20

ASK = f"""{{ articles(first: 20) {{ edges {{ node {{ path title body integrity {{ status }} }} }} }}
  article(path: "{LAST}") {{ path title body integrity {{ status }} }} }}"""


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """The work, again and again, until the block ends."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def replace(file: Path, content: bytes) -> None:
    staged = file.with_suffix(".staged")
    staged.write_bytes(content)
    os.replace(staged, file)


def write_in_place(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def shown(answer: Any) -> list[Any]:
    """Every record in an answer, however it was asked for."""
    article = answer["data"]["article"]
    nodes = [edge["node"] for edge in answer["data"]["articles"]["edges"]]
    return nodes if article is None else [*nodes, article]


def titles(server: Server) -> set[str]:
    return {record["title"] for record in shown(server.post(ASK))}


@pytest.mark.parametrize("write", [replace, write_in_place])
def test_no_forged_byte_is_served_while_good_and_forged_files_change_places(
    shared: Stage, server: Server, write: Callable[[Path, bytes], None]
) -> None:
    file = shared.seeds / LAST
    good = file.read_bytes()
    title = f"Revision {shared.revision}"
    body = f"Body {shared.revision}.\n"
    forged = good.replace(title.encode(), b"Forged").replace(b"Body", b"Forged body")

    def flip() -> None:
        write(file, forged)
        write(file, good)

    with meanwhile(flip):
        for _ in range(ANSWERS):
            for record in shown(server.post(ASK)):
                assert record["integrity"]["status"] == "VERIFIED"
                assert (record["title"], record["body"]) == (title, body)
    new = {f"Revision {shared.publish()}"}
    until(lambda: titles(server) == new, "the end of it")
    until_well(server)
    with watched(shared, server):
        pass


def test_a_storm_of_changes_is_bounded_work_and_its_last_state_is_served(stage: Stage) -> None:
    """As fast as files can be renamed, and for a minute in the long run."""
    with running(stage, SEALGATE_LOG_LEVEL="info") as server:
        before = resident(server)
        contents = variants(stage)
        for number in range(CHANGES):
            replace(stage.seeds / PATHS[number % len(PATHS)], contents[number % len(contents)])
            if IS_LONG:
                time.sleep(0.001)  # a thousand a second
        last = {f"Revision {stage.revision}"}
        until(lambda: titles(server) == last, "the last state")
        with watched(stage, server) as witness:
            witness.sees(stage.publish())
        assert len(logged(stage, "ingested")) < CHANGES / 10
        assert resident(server) - before < GROWTH


def variants(stage: Stage) -> list[bytes]:
    """What each path held in some revisions, in turn; the last one comes last."""
    found: list[bytes] = []
    for _ in range(VERSIONS):
        stage.publish()
        found += [(stage.seeds / path).read_bytes() for path in PATHS]
    return found


def resident(server: Server) -> int:
    """Bytes of memory of the process (proc(5), statm)."""
    pages = Path(f"/proc/{server.process.pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
