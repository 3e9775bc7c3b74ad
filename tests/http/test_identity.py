"""Tokens over HTTP: who is let in, what they see, and what is said to those who are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from gateway.access.api_key import ApiKey, digest_of, new_key_text
from gateway.access.key_file import changing
from gateway.access.scope import Scope
from gateway.errors import Reason, SettingsError
from tests.support.client import Client, serving
from tests.support.folder import Folder
from tests.support.issuer import AUDIENCE, ISSUER, Issuer
from tests.support.publisher import NOW

A, DRAFT = "_news/a.md", "_news/draft.md"
COUNT = "{ articles { totalCount } }"
REPORT = "{ integrityReport { total } }"


def give(path: Path, *scopes: Scope, expires: int | None = None) -> str:
    """A new token that may do this."""
    key_id, text = new_key_text()
    with changing(path) as keys:
        keys[key_id] = ApiKey(key_id, digest_of(text), frozenset(scopes), NOW, expires)
    return text


class Door:
    """A gateway in front of which callers show tokens."""

    def __init__(self, client: Client, tokens: Path) -> None:
        self.client = client
        self.tokens = tokens

    def ask(self, query: str, token: str | None = None, **headers: str) -> Any:
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        return self.client.http.post("/graphql", json={"query": query}, headers=headers)

    def count(self, token: str | None = None) -> int:
        count: int = self.ask(COUNT, token).json()["data"]["articles"]["totalCount"]
        return count


@contextmanager
def opened(folder: Folder, *scopes: Scope, **changes: Any) -> Iterator[Door]:
    folder.add(A)
    folder.add(DRAFT, published=False, title="Not yet")
    tokens = folder.base / "tokens.json"
    give(tokens)
    update = {"open_scopes": scopes, "token_file": tokens, **changes}
    with serving(folder.settings.model_copy(update=update)) as client:
        yield Door(client, tokens)


def refresh(door: Door) -> None:
    door.client.gateway.guard.refresh()


def extensions(response: Any) -> dict[str, Any]:
    (error,) = response.json()["errors"]
    found: dict[str, Any] = error["extensions"]
    return found


def test_where_reading_is_not_open_it_takes_a_token(folder: Folder) -> None:
    with opened(folder) as door:
        response = door.ask(COUNT)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == 'Bearer realm="sealgate", scope="read"'
        assert "no-store" in response.headers["cache-control"]
        assert (extensions(response)["code"], extensions(response)["scope"]) == (
            Reason.UNAUTHENTICATED,
            "read",
        )
        token = give(door.tokens, Scope.READ)
        refresh(door)
        assert door.count(token) == 1


def test_a_token_that_may_something_else_is_forbidden_to_read(folder: Folder) -> None:
    with opened(folder) as door:
        token = give(door.tokens, Scope.METRICS)
        refresh(door)
        response = door.ask(COUNT, token)
        assert response.status_code == 403
        assert extensions(response)["code"] == Reason.FORBIDDEN
        assert 'error="insufficient_scope"' in response.headers["www-authenticate"]
        metrics = door.client.http.get("/metrics", headers={"authorization": f"Bearer {token}"})
        assert metrics.status_code == 200
        assert door.client.http.get("/metrics").status_code == 401


def test_a_wrong_token_gets_nothing_that_everybody_may_have(folder: Folder) -> None:
    with opened(folder, Scope.READ) as door:
        for token in (new_key_text()[1], "x", "a.b.c"):
            response = door.ask(COUNT, token)
            assert response.status_code == 401
            assert 'error="invalid_token"' in response.headers["www-authenticate"]
        assert door.ask(COUNT, authorization="Basic YTpi").status_code == 401
        assert door.count() == 1


def test_probes_need_no_token_and_mind_none(folder: Folder) -> None:
    with opened(folder) as door:
        for path in ("/healthz", "/readyz"):
            for headers in ({}, {"authorization": "Bearer x"}):
                assert door.client.http.get(path, headers=headers).status_code == 200


def test_graphiql_is_a_page_for_everybody(folder: Folder) -> None:
    with opened(folder) as door:
        page = door.client.http.get("/graphql", headers={"accept": "text/html"})
        assert page.status_code == 200
        asked = door.client.http.get(
            "/graphql", params={"query": COUNT}, headers={"accept": "text/html"}
        )
        assert asked.status_code == 401


def test_drafts_are_for_those_who_may_see_them(folder: Folder) -> None:
    with opened(folder, Scope.READ) as door:
        token = give(door.tokens, Scope.DRAFTS)
        refresh(door)
        assert (door.count(), door.count(token), door.count()) == (1, 2, 1)
        named = f'{{ article(path: "{DRAFT}") {{ title integrity {{ status }} }} }}'
        assert door.ask(named).json() == {"data": {"article": None}}
        assert door.ask(named, token).json()["data"]["article"] == {
            "title": "Not yet",
            "integrity": {"status": "VERIFIED"},
        }


def test_verdicts_over_the_whole_corpus_are_for_auditors(folder: Folder) -> None:
    with opened(folder, Scope.READ) as door:
        reader, auditor = (give(door.tokens, scope) for scope in (Scope.READ, Scope.AUDIT))
        refresh(door)
        assert extensions(door.ask(REPORT))["code"] == Reason.UNAUTHENTICATED
        assert extensions(door.ask(REPORT, reader))["code"] == Reason.FORBIDDEN
        assert door.ask(REPORT, auditor).json() == {"data": {"integrityReport": {"total": 2}}}


def test_where_there_are_tokens_everybody_reads_and_tokens_audit(folder: Folder) -> None:
    with opened(folder, open_scopes=None) as door:
        auditor = give(door.tokens, Scope.AUDIT)
        refresh(door)
        assert door.count() == 1
        assert extensions(door.ask(REPORT))["code"] == Reason.UNAUTHENTICATED
        assert "errors" not in door.ask(REPORT, auditor).json()


def test_without_tokens_everybody_may_audit(folder: Folder) -> None:
    with opened(folder, open_scopes=None, token_file=None) as door:
        assert "errors" not in door.ask(REPORT).json()


def test_what_one_caller_got_is_kept_for_nobody_else(folder: Folder) -> None:
    """The same question, byte for byte, with and without a token, in any order."""
    with opened(folder, Scope.READ) as door:
        token = give(door.tokens, Scope.DRAFTS)
        refresh(door)
        for _ in range(3):
            assert (door.count(token), door.count()) == (2, 1)
        address, shown = "/graphql?query=" + COUNT, {"authorization": f"Bearer {token}"}
        mine = door.client.http.get(address, headers=shown)
        assert mine.headers["cache-control"].startswith("private,")
        theirs = door.client.http.get(address)
        assert theirs.headers["cache-control"].startswith("public,")
        tag = {"if-none-match": mine.headers["etag"]}
        assert door.client.http.get(address, headers=tag).status_code == 200
        assert door.client.http.get(address, headers=tag | shown).status_code == 304


def test_a_token_that_was_taken_back_is_refused(folder: Folder) -> None:
    with opened(folder, Scope.READ) as door:
        token = give(door.tokens, Scope.DRAFTS)
        refresh(door)
        assert door.count(token) == 2
        with changing(door.tokens) as keys:
            keys.clear()
        refresh(door)
        assert door.ask(COUNT, token).status_code == 401
        headers = {"authorization": f"Bearer {token}", "if-none-match": "*"}
        address = "/graphql?query=" + COUNT
        assert door.client.http.get(address, headers=headers).status_code == 401


def test_a_file_of_tokens_that_cannot_be_read_is_told_and_closes_the_door(folder: Folder) -> None:
    with opened(folder, Scope.READ) as door:
        token = give(door.tokens, Scope.DRAFTS)
        door.tokens.write_text("{", encoding="utf-8")
        refresh(door)
        ready = door.client.http.get("/readyz").json()
        assert ready["reasons"]["tokens"]["code"] == "TOKEN_FILE"
        assert door.ask(COUNT, token).status_code == 401
        assert door.count() == 1


def test_jwts_of_the_issuer_are_tokens_too(folder: Folder) -> None:
    issuer = Issuer()
    keys = issuer.write(folder.base / "issuer.json")
    jwt = {"jwt_keys": keys, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}
    with opened(folder, **jwt) as door:
        assert door.count(issuer.token("read drafts")) == 2
        assert door.count(issuer.token("read")) == 1
        assert door.ask(COUNT, issuer.token("read", exp=NOW)).status_code == 401
        assert door.ask(COUNT, Issuer().token("read")).status_code == 401


def test_keys_of_an_issuer_need_its_name_and_ours(folder: Folder) -> None:
    keys = Issuer().write(folder.base / "issuer.json")
    with pytest.raises(SettingsError, match="jwt_issuer"), opened(folder, jwt_keys=keys):
        raise AssertionError


def test_guesses_count_against_the_address_that_they_come_from(folder: Folder) -> None:
    with opened(folder, Scope.READ, rate_limit=0.001, rate_burst=3) as door:
        statuses = [door.ask(COUNT, "x").status_code for _ in range(5)]
        assert statuses == [401, 401, 401, 429, 429]


def test_callers_have_a_rate_of_their_own(folder: Folder) -> None:
    with opened(folder, Scope.READ, rate_limit=0.001, rate_burst=2) as door:
        one, other = (give(door.tokens, Scope.READ) for _ in range(2))
        refresh(door)
        for token in (one, other, None):
            statuses = [door.ask(COUNT, token).status_code for _ in range(3)]
            assert statuses == [200, 200, 429], token


def test_the_log_names_the_caller_and_never_the_token(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    with opened(folder, Scope.READ) as door:
        token = give(door.tokens, Scope.READ)
        refresh(door)
        door.ask(COUNT, token)
        door.ask(COUNT, token[:-1])
    text = "".join(capsys.readouterr())
    assert f"caller=key:{token.split('_')[1]}" in text
    assert token.split("_", 2)[2][:12] not in text


def test_the_trail_tells_of_refused_tokens_and_who_named_a_withheld_record(
    folder: Folder,
) -> None:
    folder.write("_news/unsealed.md")
    trail = folder.base / "trail.jsonl"
    with opened(folder, Scope.READ, audit_log=trail) as door:
        token = give(door.tokens, Scope.READ)
        refresh(door)
        door.ask(COUNT, "x")
        door.ask('{ article(path: "_news/unsealed.md") { title } }', token)
    events = [json.loads(line) for line in trail.read_text(encoding="utf-8").splitlines()]
    refused = next(event for event in events if event["event"] == "token_refused")
    assert refused["reason"] == "unknown"
    named = next(event for event in events if event["event"] == "withheld_access")
    assert named["caller"] == f"key:{token.split('_')[1]}"


@contextmanager
def connected(door: Door, payload: object = None, **headers: str) -> Iterator[WebSocketTestSession]:
    with door.client.http.websocket_connect(
        "/graphql", ["graphql-transport-ws"], headers=headers
    ) as session:
        session.send_json({"type": "connection_init", "payload": payload})
        yield session


def asked(session: WebSocketTestSession, query: str) -> Any:
    session.send_json({"type": "subscribe", "id": "1", "payload": {"query": query}})
    return session.receive_json()["payload"]


def closed(session: WebSocketTestSession) -> int:
    with pytest.raises(WebSocketDisconnect) as end:
        session.receive_json()
    return end.value.code


def test_a_socket_shows_its_token_in_its_first_message_or_its_header(folder: Folder) -> None:
    with opened(folder) as door:
        token = give(door.tokens, Scope.READ, Scope.DRAFTS)
        refresh(door)
        line = f"Bearer {token}"
        for payload, headers in (({"Authorization": line}, {}), (None, {"authorization": line})):
            with connected(door, payload, **headers) as session:
                assert session.receive_json() == {"type": "connection_ack"}
                assert asked(session, COUNT) == {"data": {"articles": {"totalCount": 2}}}


def test_a_socket_without_a_good_token_is_closed_as_forbidden(folder: Folder) -> None:
    with opened(folder) as door:
        token = give(door.tokens, Scope.AUDIT)
        refresh(door)
        line = f"Bearer {token}"
        payloads: list[object] = [
            None,
            {"authorization": line},
            {"authorization": "Bearer x"},
            {"authorization": 5},
            {"authorization": line, "Authorization": line},
        ]
        for payload in payloads:
            with connected(door, payload) as session:
                assert closed(session) == 4403


def test_operations_on_a_socket_end_with_its_token(folder: Folder) -> None:
    with opened(folder) as door:
        token = give(door.tokens, Scope.READ)
        refresh(door)
        with connected(door, {"authorization": f"Bearer {token}"}) as session:
            assert session.receive_json() == {"type": "connection_ack"}
            assert asked(session, COUNT) == {"data": {"articles": {"totalCount": 1}}}
            assert session.receive_json()["type"] == "complete"
            with changing(door.tokens) as keys:
                keys.clear()
            refresh(door)
            (error,) = asked(session, COUNT)
            assert error["extensions"]["code"] == Reason.UNAUTHENTICATED


def test_a_subscription_ends_with_the_token_that_began_it(folder: Folder) -> None:
    with opened(folder) as door:
        token = give(door.tokens, Scope.READ, Scope.DRAFTS)
        refresh(door)
        with connected(door, {"authorization": f"Bearer {token}"}) as session:
            assert session.receive_json() == {"type": "connection_ack"}
            # The feed knows no drafts, whoever follows it.
            first = asked(session, "subscription { snapshotChanged { recordCount } }")
            assert first == {"data": {"snapshotChanged": {"recordCount": 1}}}
            with changing(door.tokens) as keys:
                keys.clear()
            refresh(door)
            folder.add("_news/b.md")
            door.client.gateway.ingest()
            message = session.receive_json()
            assert message["type"] in {"next", "error"}
            assert "UNAUTHENTICATED" in json.dumps(message)
