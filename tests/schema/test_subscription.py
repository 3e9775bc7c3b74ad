"""What subscribers are told, and what they are never told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.app import Gateway
from gateway.execution.executor import Answer, Operation, Prepared
from gateway.execution.subscription import subscribe
from gateway.front import executor_for
from tests.support.folder import Folder, replace_in
from tests.support.publisher import NOW, YEAR, Publisher
from tests.support.site import build_site
from tests.support.subscriber import begin, subscribed

SNAPSHOTS = "subscription {snapshotChanged {id createdAt recordCount}}"
CHANGES = """subscription Changes($where: ContentWhere) {
  articleChanged(where: $where) {
    kind path reason record { ... on Article { title related { title } } }
  }
}"""

RELATED = {
    "title": "beside",
    "excerpt": "",
    "publishedDateTime": "2026-03-04T09:15:00Z",
    "type": "article",
    "quality": 1,
    "webUrl": "https://news.example.org/beside",
    "originalUrl": "https://news.example.org/beside",
    "provider": {"name": "Example News", "domain": "example.org"},
}
A, B, C = "_news/a.md", "_news/b.md", "_news/c.md"


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gateway(folder: Folder, clock: Clock) -> Iterator[Gateway]:
    folder.add(A, title="A")
    gateway = Gateway(folder.settings, clock)
    gateway.ingest()
    yield gateway
    gateway.close()


def revoke(folder: Folder, publisher: Publisher | None = None) -> None:
    revoked = {"revoked_at": NOW, "reason": "lost"}
    (publisher or folder.publisher).write_public(folder.keys, revoked=revoked)


def take_up_trust(gateway: Gateway) -> None:
    """One look at the keys, as the watch takes it."""
    gateway.live.take_up_trust()
    gateway.live.refresh()


def told(change: dict[str, Any]) -> tuple[str, str, str | None]:
    """Kind, path, and the title of the record."""
    record = change["record"]
    return change["kind"], change["path"], record and record["title"]


def test_the_snapshot_is_told_at_once_and_whenever_files_keys_or_time_change_it(
    folder: Folder, gateway: Gateway, clock: Clock
) -> None:
    async def run() -> None:
        async with subscribed(gateway, SNAPSHOTS) as subscriber:
            first = {"id": 1, "createdAt": "2027-01-15T08:00:00Z", "recordCount": 1}
            assert await subscriber.next() == first
            folder.add(B)
            gateway.ingest()
            assert await subscriber.next() == {**first, "id": 2, "recordCount": 2}
            clock.now = NOW + YEAR + 1
            gateway.live.refresh()
            assert (await subscriber.next())["recordCount"] == 0
            clock.now = NOW
            gateway.live.refresh()
            assert (await subscriber.next())["recordCount"] == 2
            revoke(folder)
            take_up_trust(gateway)
            assert (await subscriber.next())["recordCount"] == 0

    asyncio.run(run())


def test_looking_without_finding_anything_new_is_not_told(folder: Folder, gateway: Gateway) -> None:
    async def run() -> None:
        async with subscribed(gateway, SNAPSHOTS) as subscriber:
            await subscriber.next()
            gateway.ingest()
            gateway.live.refresh()
            folder.add(B)
            gateway.ingest()
            assert (await subscriber.next())["id"] == 2

    asyncio.run(run())


def test_publications_updates_and_withdrawals_are_told_with_what_is_there_now(
    folder: Folder, gateway: Gateway
) -> None:
    async def run() -> None:
        async with subscribed(gateway, CHANGES) as subscriber:
            folder.add(B, title="B", related=[RELATED])
            gateway.ingest()
            published = await subscriber.next()
            assert told(published) == ("PUBLISH", B, "B")
            assert published["record"]["related"] == [{"title": "beside"}]
            folder.add(B, title="B again")
            gateway.ingest()
            assert told(await subscriber.next()) == ("UPDATE", B, "B again")
            replace_in(folder.seeds / B, "B again", "B forged")
            gateway.ingest()
            withdrawn = await subscriber.next()
            assert told(withdrawn) == ("WITHDRAW", B, None)
            assert withdrawn["reason"] == "SIGNATURE_INVALID"
            (folder.seeds / A).unlink()
            gateway.ingest()
            assert await subscriber.next() == {
                "kind": "WITHDRAW",
                "path": A,
                "reason": None,
                "record": None,
            }

    asyncio.run(run())


def test_a_record_whose_key_is_revoked_is_withdrawn_at_the_next_refresh_and_never_shown_again(
    folder: Folder, gateway: Gateway
) -> None:
    other = Publisher("other")
    other.write_public(folder.keys)
    take_up_trust(gateway)

    async def run() -> None:
        async with subscribed(gateway, CHANGES) as subscriber:
            revoke(folder)
            take_up_trust(gateway)
            withdrawn = await subscriber.next()
            assert told(withdrawn) == ("WITHDRAW", A, None)
            assert withdrawn["reason"] == "KEY_REVOKED"
            # Sealed by the revoked key once more, and something else by a good one after it.
            folder.add(A, title="A from the thief")
            folder.write(B, title="B")
            folder.seal(B, other)
            gateway.ingest()
            assert told(await subscriber.next()) == ("PUBLISH", B, "B")

    asyncio.run(run())


def test_a_record_whose_key_expires_is_withdrawn_when_it_does(
    gateway: Gateway, clock: Clock
) -> None:
    async def run() -> None:
        async with subscribed(gateway, CHANGES) as subscriber:
            clock.now = NOW + YEAR + 1
            gateway.live.refresh()
            withdrawn = await subscriber.next()
            assert (withdrawn["kind"], withdrawn["reason"]) == ("WITHDRAW", "KEY_EXPIRED")

    asyncio.run(run())


def test_an_answer_that_waits_while_its_key_is_revoked_is_dropped_and_told_as_it_is_then(
    folder: Folder, gateway: Gateway
) -> None:
    async def run() -> None:
        async with subscribed(gateway, CHANGES) as subscriber:
            folder.add(A, title="A for the last time")
            gateway.ingest()
            waiting = await subscriber.prepared()
            assert "for the last time" in json.dumps(waiting.answer.document)
            revoke(folder)
            gateway.live.take_up_trust()  # and nobody has looked at the records yet
            assert not waiting.claim()
            assert told(await subscriber.next()) == ("WITHDRAW", A, None)

    asyncio.run(run())


def test_an_answer_that_waits_while_its_key_expires_is_dropped(
    folder: Folder, gateway: Gateway, clock: Clock
) -> None:
    async def run() -> None:
        async with subscribed(gateway, SNAPSHOTS) as subscriber:
            waiting = await subscriber.prepared()
            clock.now = NOW + YEAR + 1
            assert not waiting.claim()
            assert (await subscriber.next())["recordCount"] == 0

    asyncio.run(run())


def test_of_what_came_and_went_before_it_was_told_nothing_is_shown(
    folder: Folder, gateway: Gateway
) -> None:
    async def run() -> None:
        async with subscribed(gateway, CHANGES) as subscriber:
            folder.add(B, title="B")
            gateway.ingest()
            (folder.seeds / B).unlink()
            folder.add(C, title="C")
            gateway.ingest()
            assert told(await subscriber.next()) == ("WITHDRAW", B, None)
            assert told(await subscriber.next()) == ("PUBLISH", C, "C")

    asyncio.run(run())


@pytest.mark.parametrize("together", [1, 2, 3, 100])
def test_many_changes_at_once_are_each_told_once_whatever_is_looked_at_together(
    folder: Folder, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr("gateway.repository.follower._LOOK", together)
    names = [f"_news/n{number}.md" for number in range(7)]

    async def run() -> None:
        async with subscribed(gateway, CHANGES) as subscriber:
            for name in names:
                folder.add(name)
            gateway.ingest()
            found = [told(await subscriber.next())[:2] for _ in names]
            assert sorted(found) == [("PUBLISH", name) for name in names]
            folder.add(A, title="last")
            gateway.ingest()
            assert told(await subscriber.next()) == ("UPDATE", A, "last")

    asyncio.run(run())


def test_a_view_that_changes_while_changes_are_told_takes_none_away(
    folder: Folder, gateway: Gateway
) -> None:
    async def run() -> None:
        async with subscribed(gateway, CHANGES) as subscriber:
            folder.add(B, title="B")
            folder.add(C, title="C")
            gateway.ingest()
            assert told(await subscriber.next()) == ("PUBLISH", B, "B")
            folder.add(B, title="B2")
            gateway.ingest()
            assert told(await subscriber.next()) == ("PUBLISH", C, "C")
            assert told(await subscriber.next()) == ("UPDATE", B, "B2")

    asyncio.run(run())


def test_other_kinds_are_not_told(folder: Folder, gateway: Gateway) -> None:
    async def run() -> None:
        async with subscribed(gateway, CHANGES) as subscriber:
            build_site(folder)
            (folder.seeds / A).unlink()
            folder.add(B, title="B")
            gateway.ingest()
            assert told(await subscriber.next()) == ("WITHDRAW", A, None)
            assert told(await subscriber.next()) == ("PUBLISH", B, "B")
            (folder.seeds / "_people/ada.md").unlink()
            (folder.seeds / B).unlink()
            gateway.ingest()
            assert told(await subscriber.next()) == ("WITHDRAW", B, None)

    asyncio.run(run())


AI = {"topics": {"any": ["AI"]}}


def test_where_narrows_what_is_published_and_updated(folder: Folder, gateway: Gateway) -> None:
    async def run() -> None:
        async with subscribed(gateway, CHANGES, where=AI) as subscriber:
            folder.add(B, topics=["Bees"])
            folder.add(C, title="C", topics=["Bees", "AI"])
            gateway.ingest()
            assert told(await subscriber.next()) == ("PUBLISH", C, "C")
            folder.add(A, topics=["Bees"])
            folder.add(B, title="fits now", topics=["AI"])
            gateway.ingest()
            assert told(await subscriber.next()) == ("UPDATE", B, "fits now")

    asyncio.run(run())


def test_a_withdrawal_is_told_of_what_fitted_when_it_was_last_told_and_of_nothing_else(
    folder: Folder, gateway: Gateway
) -> None:
    folder.add(B, topics=["Bees"])
    gateway.ingest()

    async def run() -> None:
        async with subscribed(gateway, CHANGES, where=AI) as subscriber:
            folder.add(A, topics=["Bees"])  # fitted; whoever held it still does
            folder.add(C, topics=["Bees"])  # never fitted
            folder.add("_news/d.md", title="D")
            gateway.ingest()
            assert told(await subscriber.next()) == ("PUBLISH", "_news/d.md", "D")
            for path in (A, B, C):
                (folder.seeds / path).unlink()
            folder.add("_news/e.md", title="E")
            gateway.ingest()
            assert told(await subscriber.next()) == ("WITHDRAW", A, None)
            assert told(await subscriber.next()) == ("PUBLISH", "_news/e.md", "E")

    asyncio.run(run())


def test_a_where_that_cannot_be_meant_does_not_begin(gateway: Gateway) -> None:
    answer = asyncio.run(begin(gateway, CHANGES, where={"title": None}))
    assert isinstance(answer, Answer)
    assert not answer.executed
    (error,) = answer.document["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


def test_variables_of_the_wrong_type_do_not_begin(gateway: Gateway) -> None:
    answer = asyncio.run(begin(gateway, CHANGES, where=5))
    assert isinstance(answer, Answer)
    assert "data" not in answer.document


def test_an_unforeseen_error_of_the_source_ends_it_masked(
    folder: Folder, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    async def run() -> None:
        async with subscribed(gateway, CHANGES) as subscriber:
            monkeypatch.setattr("gateway.repository.follower.fitting", fail)
            folder.add(B)
            gateway.ingest()
            document = await subscriber.document()
            assert document["errors"][0]["extensions"]["code"] == "INTERNAL"
            assert "secret" not in str(document)
            with pytest.raises(StopAsyncIteration):
                await subscriber.prepared()

    asyncio.run(run())


def test_an_event_that_takes_too_long_is_refused_and_ends_the_subscription(
    folder: Folder, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "subscription {articleChanged {record {... on Article {referencedBy {path}}}}}"

    async def run() -> None:
        executor = executor_for(gateway.settings, gateway.observation)
        prepared = executor.prepare(Operation(query))
        assert isinstance(prepared, Prepared)
        begun = await subscribe(executor, prepared, gateway.subscription_context)
        assert not isinstance(begun, Answer)
        monkeypatch.setattr(executor, "_deadline", -1.0)
        folder.add(B)
        gateway.ingest()
        answer = (await anext(begun)).answer
        assert answer.document["errors"][0]["extensions"]["code"] == "DEADLINE_EXCEEDED"
        with pytest.raises(StopAsyncIteration):
            await anext(begun)

    asyncio.run(run())


def test_who_left_is_not_woken_any_more(gateway: Gateway) -> None:
    async def run() -> None:
        async with subscribed(gateway, SNAPSHOTS) as subscriber:
            await subscriber.next()
            assert gateway.repository.watch.listeners == 1
        assert gateway.repository.watch.listeners == 0
        gateway.ingest()

    asyncio.run(run())
