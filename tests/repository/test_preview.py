"""A snapshot with drafts, for those who may see them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.errors import Reason
from gateway.repository.reading import Reading
from gateway.verdict.admitted import Admitted
from gateway.verdict.verdict import Rejected
from tests.support.desk import Desk, list_of, wait
from tests.support.folder import Folder, replace_in
from tests.support.publisher import NOW

A, DRAFT = "_news/a.md", "_news/draft.md"


@pytest.fixture
def desk(folder: Folder) -> Iterator[Desk]:
    folder.add(A)
    folder.add(DRAFT, published=False, title="Kept back", topics=["Unheard"])
    desk = Desk(folder)
    desk.update()
    yield desk
    desk.store.close()


def reading(desk: Desk, *, drafts: bool) -> Reading:
    return wait(desk.repository.reading(NOW, drafts=drafts))


def listed(held: Reading) -> list[str]:
    return [record.path for record in list_of(held).records]


def test_drafts_are_listed_and_named_for_those_who_may_see_them(desk: Desk) -> None:
    mine, theirs = reading(desk, drafts=True), reading(desk, drafts=False)
    assert set(listed(mine)) == {A, DRAFT}
    assert listed(theirs) == [A]
    assert isinstance(mine.locate(DRAFT), int)
    assert theirs.locate(DRAFT) is None


def test_it_is_made_once_for_each_view(desk: Desk, folder: Folder) -> None:
    first = reading(desk, drafts=True).view
    assert reading(desk, drafts=True).view is first
    folder.add("_news/b.md")
    desk.update()
    second = reading(desk, drafts=True)
    assert second.view is not first
    assert set(listed(second)) == {A, "_news/b.md", DRAFT}


def test_what_others_are_shown_is_the_very_view_of_before(desk: Desk) -> None:
    before = reading(desk, drafts=False).view
    preview = reading(desk, drafts=True)
    assert reading(desk, drafts=False).view is before
    assert preview.published().view is before


def test_a_draft_that_is_not_proven_is_withheld_like_all_else(desk: Desk, folder: Folder) -> None:
    replace_in(folder.seeds / DRAFT, "Kept back", "Changed")
    desk.update()
    held = reading(desk, drafts=True)
    assert listed(held) == [A]
    assert isinstance(held.locate(DRAFT), Rejected)


def test_a_draft_whose_row_was_changed_is_withheld_for_everybody(desk: Desk) -> None:
    held = reading(desk, drafts=True)
    row_id = held.locate(DRAFT)
    assert isinstance(row_id, int)
    desk.rewrite(DRAFT, {"body": b"else"})
    (found,) = wait(held.load((row_id,)))
    assert isinstance(found, Rejected)
    assert found.reason is Reason.BODY_MISMATCH
    for drafts in (True, False):
        assert isinstance(reading(desk, drafts=drafts).locate(DRAFT), Rejected)
    assert listed(reading(desk, drafts=True)) == [A]


def test_a_row_changed_before_the_preview_was_made_is_not_in_its_index(desk: Desk) -> None:
    assert listed(reading(desk, drafts=False)) == [A]
    desk.rewrite(DRAFT, {"body": b"else"})
    assert listed(reading(desk, drafts=True)) == [A]


def test_records_are_at_hand_for_both(desk: Desk) -> None:
    mine = reading(desk, drafts=True)
    row_id = mine.locate(A)
    assert isinstance(row_id, int)
    (found,) = wait(mine.load((row_id,)))
    assert isinstance(found, Admitted)
    reads = desk.store.reads
    assert wait(reading(desk, drafts=False).load((row_id,))) == [found]
    assert desk.store.reads == reads
