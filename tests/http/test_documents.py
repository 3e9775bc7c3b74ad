"""Trusted documents: what a manifest names can be asked by its name, and nothing else if so set."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import md5, sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from gateway.app import Gateway
from gateway.errors import Reason, SettingsError
from gateway.settings import Settings
from tests.support.client import Client, serving
from tests.support.folder import Folder

COUNT = "query Count {\n  articles {\n    totalCount\n  }\n}"
CHANGED = "subscription Changed { snapshotChanged { recordCount } }"
ANSWER = {"data": {"articles": {"totalCount": 1}}}

Manifest = dict[str, Any]


def sha(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def apollo(*operations: Manifest) -> Manifest:
    return {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": list(operations),
    }


def operation(body: str, name: str = "Count", kind: str = "query") -> Manifest:
    return {"id": f"id-of-{name}", "name": name, "type": kind, "body": body}


APOLLO = apollo(operation(COUNT), operation(CHANGED, "Changed", "subscription"))
RELAY = {md5(COUNT.encode()).hexdigest(): COUNT, "id-of-Changed": CHANGED}
CODEGEN = {sha(COUNT): COUNT, sha(CHANGED): CHANGED}


def with_manifest(folder: Folder, manifest: Any, **changes: Any) -> Settings:
    path = folder.base / "documents.json"
    path.write_text(manifest if isinstance(manifest, str) else json.dumps(manifest), "utf-8")
    return folder.settings.model_copy(update={"documents": path, **changes})


def persisted(name: str) -> Manifest:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": name}}}


def post(client: Client, **members: Any) -> Any:
    return client.http.post("/graphql", json=members).json()


def code(client: Client, **members: Any) -> str:
    (error,) = post(client, **members)["errors"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize(
    ("manifest", "name"),
    [
        (APOLLO, "id-of-Count"),
        (RELAY, md5(COUNT.encode()).hexdigest()),
        (CODEGEN, sha(COUNT)),
    ],
    ids=["apollo", "relay", "codegen"],
)
@pytest.mark.parametrize("only", [False, True])
def test_each_form_of_manifest_and_each_way_to_name_a_document(
    folder: Folder, manifest: Manifest, name: str, only: bool
) -> None:
    folder.add("_news/a.md")
    with serving(with_manifest(folder, manifest, documents_only=only)) as client:
        for member in ("documentId", "doc_id", "id"):
            assert post(client, **{member: name}) == ANSWER
            address = f"/graphql?{urlencode({member: name})}"
            assert client.http.get(address, headers={"accept": "text/html,*/*"}).json() == ANSWER
        assert post(client, documentId=f"sha256:{sha(COUNT)}") == ANSWER
        assert post(client, **persisted(name)) == ANSWER
        assert post(client, **persisted(sha(COUNT))) == ANSWER
        assert post(client, id=name, query=None) == ANSWER
        assert post(client, query=COUNT, **persisted(name)) == ANSWER
        assert post(client, query=COUNT) == ANSWER


def test_names_that_no_document_has_are_refused(folder: Folder) -> None:
    with serving(with_manifest(folder, APOLLO)) as client:
        for name in ("other", "sha256:", f"sha256:{sha('{x}')}", f"md5:{sha(COUNT)}"):
            assert code(client, documentId=name) == "DOCUMENT_NOT_TRUSTED"
        for unusable in ("", None, 1, ["id-of-Count"]):
            assert code(client, documentId=unusable) == "BAD_REQUEST"
        assert code(client, **persisted(sha("{x}"))) == "PERSISTED_QUERY_NOT_FOUND"


def test_other_texts_are_executed_beside_trusted_ones_unless_they_are_not(folder: Folder) -> None:
    with serving(with_manifest(folder, APOLLO)) as client:
        assert "data" in post(client, query="{__typename}")
    with serving(with_manifest(folder, APOLLO, documents_only=True)) as client:
        hashed = persisted(sha("{__typename}"))
        for members in ({"query": "{__typename}"}, {"query": COUNT + " "}, {"query": "{"}, hashed):
            assert code(client, **members) == "DOCUMENT_NOT_TRUSTED"
        assert code(client, query="{__typename}", **hashed) == "DOCUMENT_NOT_TRUSTED"
        assert code(client, query="{__typename}", id="id-of-Count") == "DOCUMENT_NOT_TRUSTED"
        other = persisted("id-of-Count")
        assert code(client, query="{__typename}", **other) == "PERSISTED_QUERY_HASH_MISMATCH"


def test_websockets_are_no_way_around_it(folder: Folder) -> None:
    with (
        serving(with_manifest(folder, APOLLO, documents_only=True)) as client,
        client.http.websocket_connect("/graphql", ["graphql-transport-ws"]) as socket,
    ):
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json() == {"type": "connection_ack"}
        for number, query in enumerate(("{__typename}", CHANGED + " ")):
            message = {"id": str(number), "type": "subscribe", "payload": {"query": query}}
            socket.send_json(message)
            (error,) = socket.receive_json()["payload"]
            assert error["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
        message = {"id": "x", "type": "subscribe", "payload": {"documentId": "id-of-Changed"}}
        socket.send_json(message)
        assert socket.receive_json()["payload"] == {"data": {"snapshotChanged": {"recordCount": 0}}}


def test_event_streams_are_no_way_around_it(folder: Folder) -> None:
    with serving(with_manifest(folder, APOLLO, documents_only=True)) as client:
        headers = {"accept": "text/event-stream"}
        response = client.http.post("/graphql", json={"query": "{__typename}"}, headers=headers)
        assert "DOCUMENT_NOT_TRUSTED" in response.text


def refusal(settings: Settings, act: Callable[[Gateway], object]) -> SettingsError:
    gateway = Gateway(settings)
    try:
        with pytest.raises(SettingsError) as caught:
            act(gateway)
    finally:
        gateway.close()
    return caught.value


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("", "not a manifest"),
        ("[]", "not a manifest: not a JSON object"),
        ('{"a": "{__typename}", "a": "{__typename}"}', "a name stands twice"),
        ({"a": 1}, "the document 'a' is not a string"),
        ({"a": "{"}, "the document 'a': Syntax Error"),
        ({"a": "{articlez}"}, "the document 'a': Cannot query field 'articlez'"),
        ({"a": "mutation {x}"}, "the document 'a': mutation operations are not served"),
        ({"a": "fragment F on Query {__typename}"}, "the document 'a': name one"),
        ({"a": "{" + "a: __typename " * 600 + "}"}, "the document 'a': the operation's aliases"),
        (apollo(operation("{\n x\n}", "Broken")), "the operation Broken (id-of-Broken): Cannot"),
        (apollo(operation("{\n x\n}", "Broken")), "(line 2, column 2)"),
        (apollo(operation(COUNT), {"id": "x"}), "operation 2 lacks an id, a name or a body"),
        (apollo(operation(COUNT), operation("{__typename}")), "'id-of-Count' stands for two"),
        ({**APOLLO, "version": 2}, "only apollo-persisted-query-manifest, version 1"),
        ({**APOLLO, "format": "other"}, "only apollo-persisted-query-manifest, version 1"),
    ],
)
def test_a_manifest_that_cannot_be_served_is_refused_at_the_start(
    folder: Folder, manifest: Any, message: str
) -> None:
    settings = with_manifest(folder, manifest)
    for act in (Gateway.asgi, Gateway.check_documents):
        error = refusal(settings, act)
        assert (error.code, error.path) == (Reason.DOCUMENTS_FILE, str(settings.documents))
        assert message in error.message


def test_a_manifest_that_is_not_there_is_refused(folder: Folder, tmp_path: Path) -> None:
    settings = folder.settings.model_copy(update={"documents": tmp_path / "none.json"})
    assert refusal(settings, Gateway.asgi).code is Reason.DOCUMENTS_FILE


def test_a_document_of_several_operations_is_refused_if_one_of_them_is_not_served(
    folder: Folder,
) -> None:
    settings = with_manifest(folder, {"a": "query A {__typename} mutation B {x}"})
    assert "mutation" in refusal(settings, Gateway.asgi).message


def test_nothing_but_trusted_documents_needs_some(folder: Folder) -> None:
    settings = folder.settings.model_copy(update={"documents_only": True})
    for act in (Gateway.asgi, Gateway.check_documents):
        assert refusal(settings, act).code is Reason.SETTINGS
