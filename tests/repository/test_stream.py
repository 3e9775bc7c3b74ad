"""Everything that may be seen, without holding it all."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.app import Gateway
from gateway.errors import StoreError
from gateway.records.content import Content
from gateway.repository.stream import Stream
from gateway.store import ingest as ingest_module
from gateway.store.tables import rows
from tests.support.folder import Folder
from tests.support.publisher import NOW
from tests.support.site import build_site


@pytest.fixture
def gateway(folder: Folder) -> Iterator[Gateway]:
    gateway = Gateway(folder.settings, lambda: NOW)
    yield gateway
    gateway.close()


def paths(stream: Stream) -> list[str]:
    return [admitted.path for admitted in stream]


def test_it_is_what_a_gateway_would_serve_in_the_order_of_paths(
    folder: Folder, gateway: Gateway
) -> None:
    build_site(folder)
    folder.add("_news/draft.md", published=False)
    folder.write("_news/unsealed.md")
    stream = gateway.stream()
    found = paths(stream)
    assert found == sorted(gateway.view().by_path)
    assert (stream.seen, stream.withheld) == (len(found) + 3, 2)


def test_newest_first_has_content_only_and_what_has_no_date_last(
    folder: Folder, gateway: Gateway
) -> None:
    build_site(folder)
    found = [admitted.path for admitted in gateway.stream().newest_first()]
    assert found[:3] == ["_news/a.md", "_learning/videos/rows.md", "_samples/flows.md"]
    assert found[3:] == sorted(found[3:])
    assert not any(path.startswith("_data/") for path in found)


def test_two_rows_of_one_path_are_both_left_out(folder: Folder, gateway: Gateway) -> None:
    folder.add("_news/a.md")
    folder.add("_news/b.md")
    stream = gateway.stream()
    with gateway.store.writing() as connection:
        columns = [column.name for column in rows.columns if column.name != "id"]
        copied = sa.select(*(rows.c[name] for name in columns)).where(rows.c.path == "_news/b.md")
        connection.execute(rows.insert().from_select(columns, copied))
    assert paths(stream) == ["_news/a.md"]
    assert stream.withheld == 1


def test_more_rows_than_are_read_at_a_time_come_whole_and_in_order(
    folder: Folder, gateway: Gateway
) -> None:
    names = [f"_news/{number:03}.md" for number in range(130)]
    for name in names:
        folder.add(name)
    assert paths(gateway.stream()) == names


def test_a_snapshot_that_is_pruned_meanwhile_is_an_error_and_no_shorter_list(
    folder: Folder, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "KEPT_SNAPSHOTS", 0)
    for number in range(70):
        folder.add(f"_news/{number:03}.md")
    stream = iter(gateway.stream())
    next(stream)
    folder.add("_news/069.md", title="Other")
    gateway.stream()
    with pytest.raises(StoreError):
        list(stream)


def test_newest_first_is_not_shorter_either_when_its_snapshot_is_pruned(
    folder: Folder, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest_module, "KEPT_SNAPSHOTS", 0)
    for number in range(70):
        folder.add(f"_news/{number:03}.md")
    stream = gateway.stream().newest_first()
    next(stream)
    folder.add("_news/069.md", title="Other")
    gateway.stream()
    with pytest.raises(StoreError):
        list(stream)


def test_a_draft_that_takes_a_rows_place_between_both_looks_is_not_handed_out(
    folder: Folder, gateway: Gateway
) -> None:
    """A database writer's way to show what its publisher sealed, and has not published."""
    for number in range(65):
        folder.add(f"_news/{number:03}.md")
    folder.add("_news/draft.md", published=False)
    stream = gateway.stream().newest_first()
    first = next(stream)
    with gateway.store.writing() as connection:
        draft = rows.c.path == "_news/draft.md"
        names = ("path", "canonical", "body", "secured")
        values = connection.execute(sa.select(*(rows.c[name] for name in names)).where(draft)).one()
        last = rows.c.path == "_news/064.md"
        connection.execute(rows.update().where(last).values(values._asdict()))
    assert [first.path, *(found.path for found in stream)] == [
        f"_news/{n:03}.md" for n in range(64)
    ]


def put_back(folder: Folder, gateway: Gateway) -> None:
    """Serve a record and the one that replaced it, and put the first one back."""
    file = folder.write("_news/a.md", title="First")
    folder.seal("_news/a.md", iat=NOW - 100)
    first = file.read_bytes()
    gateway.ingest()
    folder.write("_news/a.md", title="Second")
    folder.seal("_news/a.md", iat=NOW - 50)
    gateway.ingest()
    file.write_bytes(first)


def test_an_older_seal_than_a_gateway_has_seen_is_withheld_here_as_there(
    folder: Folder, gateway: Gateway
) -> None:
    folder.add("_news/b.md")
    put_back(folder, gateway)
    stream = gateway.stream()
    assert paths(stream) == ["_news/b.md"]
    assert stream.withheld == 1
    assert [found.path for found in stream.newest_first()] == ["_news/b.md"]
    assert list(gateway.view().by_path) == ["_news/b.md"]


def test_a_policy_that_takes_older_seals_hands_them_out(folder: Folder) -> None:
    (folder.keys / "policy.yaml").write_text("refuse_replays: false\n", encoding="utf-8")
    gateway = Gateway(folder.settings, lambda: NOW)
    try:
        put_back(folder, gateway)
        assert paths(gateway.stream()) == ["_news/a.md"]
    finally:
        gateway.close()


def test_what_is_sealed_and_taken_up_while_it_runs_changes_nothing(
    folder: Folder, gateway: Gateway
) -> None:
    for number in range(70):
        folder.add(f"_news/{number:03}.md", title="First")
    stream = gateway.stream()
    found = iter(stream)
    next(found)
    folder.write("_news/069.md", title="Second")
    folder.seal("_news/069.md", iat=NOW + 50)
    gateway.ingest()
    *_, last = found
    assert isinstance(last.model, Content)
    assert (last.path, last.model.title) == ("_news/069.md", "First")
    assert stream.snapshot == 1


def test_progress_is_told_of_every_record(folder: Folder, gateway: Gateway) -> None:
    folder.add("_news/a.md")
    folder.write("_news/unsealed.md")
    stream = gateway.stream()
    told: list[tuple[int, int]] = []
    stream.report = lambda done, total: told.append((done, total))
    assert paths(stream) == ["_news/a.md"]
    assert told == [(1, 2), (2, 2)]


def test_it_begins_anew_each_time(folder: Folder, gateway: Gateway) -> None:
    folder.add("_news/a.md")
    folder.write("_news/unsealed.md")
    stream = gateway.stream()
    assert paths(stream) == paths(stream) == ["_news/a.md"]
    assert (stream.seen, stream.withheld) == (2, 1)


def test_a_folder_without_records_is_an_empty_stream(gateway: Gateway) -> None:
    stream = gateway.stream()
    assert paths(stream) == []
    assert list(stream.newest_first()) == []


def peak(folder: Folder, count: int) -> int:
    """The most memory in use, in bytes, while `count` large records go by; nothing cached."""
    settings = folder.settings.model_copy(update={"cache_bytes": 0})
    gateway = Gateway(settings, lambda: NOW)
    try:
        stream = gateway.stream()
        tracemalloc.start()
        assert sum(1 for _ in stream) == count
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gateway.close()


def test_memory_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    body = "x" * 40_000
    peaks = []
    for count in (100, 400):
        folder = Folder(tmp_path / str(count))
        for number in range(count):
            folder.add(f"_news/{number:03}.md", body=body)
        peaks.append(peak(folder, count))
    assert peaks[1] < peaks[0] * 1.5
