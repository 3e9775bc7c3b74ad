"""What the audit trail tells, and what becomes of answers when it cannot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.errors import QueryError, SettingsError
from gateway.http.health import Health
from gateway.observe.chain import ChainFile, Head
from gateway.observe.proof import prove
from gateway.observe.trail import MOST_A_WINDOW, WINDOW_SECONDS, Trail
from gateway.settings import Settings
from gateway.store.tables import rows
from tests.observe.test_chain import no_file_larger_than
from tests.support.client import Client, serving
from tests.support.folder import Folder, replace_in
from tests.support.publisher import NOW, Publisher

A, B = "_news/a.md", "_news/b.md"
ASK_B = f'{{ article(path: "{B}") {{ title }} }}'


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def audited(folder: Folder, **changes: Any) -> Settings:
    return folder.settings.model_copy(update={"audit_log": folder.base / "audit.jsonl", **changes})


@contextmanager
def standing(folder: Folder, clock: Clock, **changes: Any) -> Iterator[Client]:
    """A gateway with one record that is shown and one that is withheld."""
    folder.add(A)
    replace_in(folder.add(B), "quality: 80", "quality: 81")
    with serving(audited(folder, **changes), clock) as client:
        yield client


def entries(path: Path, event: str) -> list[dict[str, Any]]:
    assert prove([path]).holds
    found = [json.loads(line) for line in path.read_text().splitlines()]
    return [entry for entry in found if entry["event"] == event]


def test_who_names_a_withheld_record_is_written_down(folder: Folder, clock: Clock) -> None:
    with standing(folder, clock) as client:
        headers = {"x-request-id": "abc-1"}
        client.http.post("/graphql", json={"query": ASK_B}, headers=headers)
        client.data(f'{{ article(path: "{A}") {{ title }} }}')
    (entry,) = entries(folder.base / "audit.jsonl", "withheld_access")
    expected = {
        "at": "2027-01-15T08:00:00Z",
        "worker": 0,
        "record": B,
        "status": "INVALID",
        "reason": "SIGNATURE_INVALID",
        "caller": None,
        "request": "abc-1",
        "count": 1,
    }
    assert {name: entry[name] for name in expected} == expected


@pytest.mark.parametrize("accept", ["multipart/mixed;deferSpec=20220824", "text/event-stream"])
def test_it_does_not_matter_how_it_is_answered(folder: Folder, clock: Clock, accept: str) -> None:
    query = f'{{ __typename ... @defer {{ article(path: "{B}") {{ title }} }} }}'
    with standing(folder, clock) as client:
        response = client.http.post(
            "/graphql", json={"query": query}, headers={"accept": f"{accept}, application/json"}
        )
        assert "RECORD_WITHHELD" in response.text
    assert len(entries(folder.base / "audit.jsonl", "withheld_access")) == 1


def test_a_websocket_is_no_way_around(folder: Folder, clock: Clock) -> None:
    protocols = ["graphql-transport-ws"]
    with (
        standing(folder, clock) as client,
        client.http.websocket_connect("/graphql", protocols) as socket,
    ):
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": ASK_B}})
        assert socket.receive_json()["type"] == "next"
    (entry,) = entries(folder.base / "audit.jsonl", "withheld_access")
    assert entry["request"]


def test_the_same_a_thousand_times_is_two_lines(folder: Folder, clock: Clock) -> None:
    file = folder.base / "audit.jsonl"
    with standing(folder, clock) as client:
        for _ in range(1000):
            client.gateway.observation.trail.named(B, "INVALID", "SIGNATURE_INVALID")
        client.gateway.observation.trail.tick()
        assert [entry["count"] for entry in entries(file, "withheld_access")] == [1]
        clock.now += WINDOW_SECONDS
        client.gateway.observation.trail.tick()
        assert [entry["count"] for entry in entries(file, "withheld_access")] == [1, 999]
        client.gateway.observation.trail.named(B, "INVALID", "SIGNATURE_INVALID")
    assert [entry["count"] for entry in entries(file, "withheld_access")] == [1, 999, 1]


def test_what_is_still_counted_is_written_at_the_end(folder: Folder, clock: Clock) -> None:
    with standing(folder, clock) as client:
        client.post(ASK_B)
        client.post(ASK_B)
    found = entries(folder.base / "audit.jsonl", "withheld_access")
    assert [entry["count"] for entry in found] == [1, 1]
    assert found[1]["since"] == "2027-01-15T08:00:00Z"


def trail_of(file: ChainFile | None, clock: Clock, **members: Any) -> Trail:
    return Trail(file, Health(), clock, **members)


def test_many_different_records_are_a_bounded_number_of_lines(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "audit.jsonl"
    trail = trail_of(ChainFile(path), clock)
    asked = 5 * MOST_A_WINDOW
    for number in range(asked):
        trail.named(f"_news/{number}.md", "INVALID", "SIGNATURE_INVALID")
    trail.close()
    found = entries(path, "withheld_access")
    assert len(found) == MOST_A_WINDOW + 2
    assert sum(entry["count"] for entry in found) == asked
    assert [entry["record"] for entry in found[-2:]] == [None, None]


def test_a_long_name_is_cut(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "audit.jsonl"
    trail = trail_of(ChainFile(path), clock)
    trail.named("x" * 100_000, "INVALID", "SIGNATURE_INVALID")
    trail.close()
    assert path.stat().st_size < 1000


def test_a_row_that_was_changed_is_written_down_though_only_listed(
    folder: Folder, clock: Clock
) -> None:
    with standing(folder, clock) as client:
        with client.gateway.store.writing() as connection:
            connection.execute(sa.update(rows).where(rows.c.path == A).values(body=b"else"))
        assert client.data("{ articles { edges { node { title } } } }")["articles"]["edges"] == []
    (entry,) = entries(folder.base / "audit.jsonl", "row_changed")
    assert entry["record"] == A
    assert entry["reason"] == "BODY_MISMATCH"


def test_changes_of_trust_are_written_down(folder: Folder, clock: Clock) -> None:
    with standing(folder, clock) as client:
        second = Publisher("k2")
        second.write_public(folder.keys)
        client.gateway.live.take_up_trust()
        second.write_public(folder.keys, revoked={"revoked_at": NOW, "reason": "lost"})
        client.gateway.live.take_up_trust()
        (folder.keys / "k2.jwk").unlink()
        client.gateway.live.take_up_trust()
    path = folder.base / "audit.jsonl"
    (started,) = entries(path, "started")
    assert started["keys"] == ["k1"]
    changes = entries(path, "trust_changed")
    names = ("added", "revoked", "removed")
    assert [[change[name] for name in names] for change in changes] == [
        [["k2"], [], []],
        [[], ["k2"], []],
        [[], [], ["k2"]],
    ]
    digests = [started["trust"], *(change["after"] for change in changes)]
    assert [change["before"] for change in changes] == digests[:-1]
    assert digests[-1] == digests[0]


def test_refused_tokens_are_written_down(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "audit.jsonl"
    trail = trail_of(ChainFile(path), clock)
    trail.token_refused("TOKEN_EXPIRED")
    trail.close()
    assert [entry["reason"] for entry in entries(path, "token_refused")] == ["TOKEN_EXPIRED"]


def test_without_a_file_the_log_has_it(folder: Folder, clock: Clock) -> None:
    with capture_logs() as logs, standing(folder, clock, audit_log=None) as client:
        client.post(ASK_B)
    (entry,) = [entry for entry in logs if entry["event"] == "withheld_access"]
    assert (entry["record"], entry["reason"]) == (B, "SIGNATURE_INVALID")


def test_reads_go_on_while_it_cannot_be_written(folder: Folder, clock: Clock) -> None:
    path = folder.base / "audit.jsonl"
    with standing(folder, clock) as client:
        trail = client.gateway.observation.trail
        with no_file_larger_than(path.stat().st_size), capture_logs() as logs:
            for number in range(3):
                trail.named(f"_news/{number}.md", "INVALID", "SIGNATURE_INVALID")
                trail.tick()
            document = client.http.get("/readyz").json()
        assert document["status"] == "degraded"
        assert document["reasons"]["audit"]["code"] == "AUDIT_UNAVAILABLE"
        assert [entry["event"] for entry in logs].count("degraded") == 1
        trail.tick()
        assert client.http.get("/readyz").json()["status"] == "ready"
        found = entries(path, "withheld_access")
        assert [entry["record"] for entry in found] == [f"_news/{n}.md" for n in range(3)]
        (resumed,) = entries(path, "resumed")
        assert (resumed["waited"], resumed["lost"]) == (3, 0)


def test_what_does_not_even_fit_into_the_queue_is_counted(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "audit.jsonl"
    trail = trail_of(ChainFile(path), clock)
    with no_file_larger_than(0):
        for _ in range(3):
            for number in range(MOST_A_WINDOW):
                trail.named(f"_news/{number}.md", "INVALID", "SIGNATURE_INVALID")
            clock.now += WINDOW_SECONDS
    trail.tick()
    trail.close()
    (resumed,) = entries(path, "resumed")
    assert resumed["waited"] + resumed["lost"] == 3 * MOST_A_WINDOW
    assert len(entries(path, "withheld_access")) == resumed["waited"]


def test_where_it_is_required_nothing_is_told_that_is_not_written(
    folder: Folder, clock: Clock
) -> None:
    with standing(folder, clock, audit_required=True) as client:
        path = folder.base / "audit.jsonl"
        with no_file_larger_than(path.stat().st_size):
            answers = [client.http.post("/graphql", json={"query": ASK_B}) for _ in range(3)]
            answers.append(client.http.get("/graphql", params={"query": ASK_B}))
            shown = client.data(f'{{ article(path: "{A}") {{ title }} }}')
        assert {answer.status_code for answer in answers} == {503}
        assert all(answer.headers["retry-after"] == "1" for answer in answers)
        for answer in answers:
            (error,) = answer.json()["errors"]
            assert error["extensions"]["code"] == "AUDIT_UNAVAILABLE"
            assert B not in answer.text
        assert shown["article"]["title"]
        assert client.error(ASK_B)["code"] == "RECORD_WITHHELD"
    assert len(entries(path, "withheld_access")) == 1


def test_where_it_is_required_a_repetition_is_refused_as_well(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "audit.jsonl"
    trail = trail_of(ChainFile(path), clock, required=True)
    trail.named(A, "INVALID", "SIGNATURE_INVALID")
    with no_file_larger_than(path.stat().st_size):
        for record in (B, A):
            with pytest.raises(QueryError):
                trail.named(record, "INVALID", "SIGNATURE_INVALID")
    trail.named(A, "INVALID", "SIGNATURE_INVALID")
    trail.close()
    assert sum(entry["count"] for entry in entries(path, "withheld_access")) == 2


def test_where_it_is_required_a_changed_row_stops_the_answer(folder: Folder, clock: Clock) -> None:
    with standing(folder, clock, audit_required=True) as client:
        path = folder.base / "audit.jsonl"
        with client.gateway.store.writing() as connection:
            connection.execute(sa.update(rows).where(rows.c.path == A).values(body=b"else"))
        with no_file_larger_than(path.stat().st_size):
            asked = {"query": "{ articles { edges { node { title } } } }"}
            answer = client.http.post("/graphql", json=asked)
        assert answer.status_code == 503
        assert client.data(asked["query"])["articles"]["edges"] == []


def test_to_require_it_takes_a_file(folder: Folder) -> None:
    with (
        pytest.raises(SettingsError),
        serving(audited(folder, audit_log=None, audit_required=True)),
    ):
        pass


# The command


def test_the_command_says_that_the_chain_holds_and_where_it_ends(tmp_path: Path) -> None:
    file = ChainFile(tmp_path / "audit.jsonl")
    file.append({"event": "a"})
    head = file.append({"event": "b"})
    result = CliRunner().invoke(app, ["audit-trail", "verify", str(tmp_path / "audit.jsonl")])
    assert result.exit_code == 0
    assert f"2 lines: the chain holds. Last line: 2:{head.digest}" in result.output.replace(
        "\n", " "
    )


def test_the_command_finds_what_was_changed_and_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    file = ChainFile(path)
    heads = [file.append({"event": name}) for name in "abc"]
    run = CliRunner().invoke
    replace_in(path, '"b"', '"B"')
    result = run(app, ["audit-trail", "verify", "--json", str(path)])
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["holds"] is False
    assert [fault["line"] for fault in document["faults"]] == [3]
    replace_in(path, '"B"', '"b"')
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:2]))
    assert run(app, ["audit-trail", "verify", str(path)]).exit_code == 0
    noted = ["--expect", f"{heads[2].seq}:{heads[2].digest}"]
    assert run(app, ["audit-trail", "verify", str(path), *noted]).exit_code == 1
    assert Head(3, heads[2].digest) == heads[2]


@pytest.mark.parametrize("expect", ["", "3", "0:" + "0" * 64, "3:xyz"])
def test_the_command_refuses_what_is_no_line(tmp_path: Path, expect: str) -> None:
    path = tmp_path / "audit.jsonl"
    ChainFile(path).append({"event": "a"})
    result = CliRunner().invoke(app, ["audit-trail", "verify", str(path), "--expect", expect])
    assert isinstance(result.exception, SettingsError)
