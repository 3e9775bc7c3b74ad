"""Other processes judge as this one does, and what they send back cannot be served."""

from __future__ import annotations

import os
import pickle
from collections.abc import Collection, Iterator, Mapping

import pytest

from gateway.crew import ALONE, Crew
from gateway.errors import Reason
from gateway.index.listing import Listing
from gateway.records.kind import CONTENT_KINDS
from gateway.repository.entry import Entry
from gateway.repository.judge import Judge
from gateway.repository.judging import Docket, Judged, Judging
from gateway.repository.view import View, build_view
from gateway.store.ingest import ingest
from gateway.store.store import batches
from gateway.trust.directory import read_trust
from gateway.verdict.status import Status
from gateway.verdict.verdict import Rejected
from tests.support.cards import found
from tests.support.desk import Desk, wait
from tests.support.folder import Folder
from tests.support.publisher import NOW, Publisher

DAY = 86_400


@pytest.fixture
def desk(folder: Folder) -> Iterator[Desk]:
    desk = Desk(folder)
    yield desk
    desk.store.close()


@pytest.fixture
def mixed(desk: Desk) -> Desk:
    """Some of everything: proven, drafts, unsealed, forged, replayed, unreadable, misshapen."""
    folder = desk.folder
    post_quantum = Publisher("pq", alg="ML-DSA-44")
    for publisher in (post_quantum, Publisher("p256", alg="ES256")):
        publisher.write_public(folder.keys)
    folder.add("_news/a.md", title="Proven", topics=["AI", "Law"])
    folder.add("_news/draft.md", published=False)
    folder.write("_news/unsealed.md")
    folder.add("_news/shape.md", quality="high")
    folder.write("_news/stranger.md")
    folder.seal("_news/stranger.md", Publisher("stranger"))
    folder.write("_news/pq.md")
    folder.seal("_news/pq.md", post_quantum, iat=NOW - 5)
    (folder.seeds / "_news/broken.md").write_text("---\na: [\n---\n")
    forged = folder.add("_news/forged.md")
    forged.write_text(forged.read_text().replace("newsroom", "Newsroom"))
    (folder.keys / "policy.yaml").write_text("max_age_days: 30\n")
    desk.repository.replace_trust(read_trust(folder.keys))
    return desk


def view(desk: Desk, crew: Crew, judge: Judge | None = None) -> View:
    done = ingest(desk.folder.source, desk.store, NOW)
    judge = judge or Judge(desk.repository.trust, NOW, 1 << 20)

    def newest(paths: Collection[str]) -> Mapping[str, int]:
        return {path: NOW for path in paths if path == "_news/pq.md"}

    return build_view(desk.store, "demo", done.snapshot, judge, NOW, None, newest, crew)


def test_a_crew_builds_the_view_that_this_process_builds(mixed: Desk) -> None:
    alone, together = view(mixed, ALONE), view(mixed, Crew(2, worthwhile=1))
    assert together.items == alone.items
    assert together.reasons == alone.reasons
    assert {Reason.OK, Reason.REPLAYED, Reason.SIGNATURE_INVALID} <= alone.reasons.keys()
    listing = Listing(CONTENT_KINDS)
    assert found(together.index, listing) == found(alone.index, listing) != []


def test_when_time_changes_a_verdict_is_heard_of_from_a_crew_too(mixed: Desk) -> None:
    judges = [Judge(mixed.repository.trust, NOW, 0) for _ in range(2)]
    view(mixed, ALONE, judges[0])
    view(mixed, Crew(2, worthwhile=1), judges[1])
    assert judges[0].until == judges[1].until == NOW - 5 + 30 * DAY + 1


def process(docket: Docket) -> int:
    """Where a docket would be judged."""
    return os.getpid()


def test_a_crew_judges_in_other_processes(mixed: Desk) -> None:
    ingest(mixed.folder.source, mixed.store, NOW)
    rows = mixed.store.read(mixed.store.row_ids(1, "demo"))
    dockets = [Docket(batch, {}) for batch in batches(rows, 2)]
    found = set(Crew(2, worthwhile=1).map(process, dockets, len(rows)))
    assert found
    assert os.getpid() not in found


def test_what_comes_back_is_no_record_and_no_proof(mixed: Desk) -> None:
    ingest(mixed.folder.source, mixed.store, NOW)
    rows = mixed.store.read(mixed.store.row_ids(1, "demo"))
    judged: Judged = Judging(Judge(mixed.repository.trust, NOW, 0), NOW)(Docket(rows, {}))
    again = pickle.loads(pickle.dumps(judged))
    assert again == judged
    assert {type(item) for item in again.items.values()} == {Entry, Rejected}
    assert all(item.raw is None for item in again.items.values() if isinstance(item, Rejected))
    plain = (str, int, bool, type(None))
    values = [value for rows in again.rows.values() for row in rows for value in row]
    assert all(isinstance(value, plain) for value in values)


def test_a_judge_goes_to_another_process_without_what_it_remembers(mixed: Desk) -> None:
    judge = Judge(mixed.repository.trust, NOW, 1 << 20)
    view(mixed, ALONE, judge)
    view(mixed, ALONE, judge)
    assert judge.hits > 0
    again = pickle.loads(pickle.dumps(judge))
    view(mixed, ALONE, again)
    assert again.hits == 0
    assert again.trust.digest == judge.trust.digest


READ = ("by_path", "withheld", "counts", "reasons")


def test_readers_of_a_new_view_need_not_go_through_all_records(mixed: Desk) -> None:
    mixed.update()
    view = mixed.reading().view
    assert view.is_entered
    assert set(READ) <= vars(view).keys()
    corrected = view.without({row_id: rejected(view, row_id) for row_id in list(view.items)[:1]})
    assert set(READ) <= vars(corrected).keys()
    preview = wait(mixed.repository.reading(NOW, drafts=True)).view
    assert preview.shows_drafts
    assert set(READ) <= vars(preview).keys()


def rejected(view: View, row_id: int) -> Rejected:
    return Rejected(view.items[row_id].path, Status.INVALID, Reason.ROW_CHANGED, "changed", ())
