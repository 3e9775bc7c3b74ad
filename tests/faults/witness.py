"""The common oracle: somebody who keeps asking while faults happen, and believes nothing."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from tests.faults.stage import COUNT, LAST, Stage, until
from tests.support.process import PATIENCE, Server

QUESTION = f"""{{
  articles(first: {COUNT * 2}) {{
    totalCount edges {{ node {{ path title body integrity {{ status digest }} }} }}
  }}
  article(path: "{LAST}") {{ path title body integrity {{ status digest }} }}
}}"""

_PAUSE = 0.01


class Witness:
    """Asks for a list and for a record by its path until it is told to stop.

    Every answer has to be one complete revision, verified, with the digests that were sealed; or an
    error with a code that may be expected here. /healthz has to be 200 all the time.
    """

    def __init__(self, stage: Stage, server: Server, codes: Collection[str] = ()) -> None:
        self._stage = stage
        self._server = server
        self._codes = codes
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.revisions: list[int] = []
        self.errors: list[str] = []
        self.wrong: list[str] = []

    def _run(self) -> None:
        while not self._stop.wait(_PAUSE) and not self.wrong:
            try:
                self._look()
            except (OSError, http.client.HTTPException) as error:
                if not self._stop.is_set():
                    self.wrong.append(repr(error))

    def _look(self) -> None:
        status, document = self._ask(self._server.url, {"query": QUESTION})
        if status in {200, 503}:
            self._check(document)
        else:
            self.wrong.append(f"{status}: {document}")
        status, _ = self._ask(self._server.url.replace("graphql", "healthz"))
        if status != 200:
            self.wrong.append(f"/healthz {status}")

    def _ask(self, url: str, document: Any = None) -> tuple[int, Any]:
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(url, body, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                if error.code == 503 and error.headers["retry-after"] is None:
                    self.wrong.append("503 without Retry-After")
                return error.code, json.load(error)

    def _check(self, document: Any) -> None:
        codes = {error["extensions"]["code"] for error in document.get("errors", ())}
        if codes:
            self.errors += sorted(codes)
            if not codes <= set(self._codes):
                self.wrong.append(json.dumps(document))
            return
        data = document["data"]
        if data["article"] is None:
            self.wrong.append(json.dumps(document))
            return
        nodes = [edge["node"] for edge in data["articles"]["edges"]]
        revision = int(data["article"]["title"].removeprefix("Revision "))
        found = {node["path"]: _content(node) for node in nodes}
        expected = {
            path: (f"Revision {revision}", f"Body {revision}.\n", "VERIFIED", digest)
            for path, digest in self._stage.digests.get(revision, {}).items()
        }
        whole = found == expected and len(nodes) == data["articles"]["totalCount"] == COUNT
        if not whole or _content(data["article"]) != expected[LAST]:
            self.wrong.append(json.dumps(document))
        self.revisions.append(revision)

    def asked_again(self, times: int = 3) -> None:
        """Returns after so many more answers, of whatever kind."""
        answers = len(self.revisions) + len(self.errors) + times
        until(lambda: self.wrong or len(self.revisions) + len(self.errors) >= answers, "an answer")

    def sees(self, revision: int) -> None:
        """Returns once a revision is served."""
        until(lambda: self.wrong or (self.revisions or [0])[-1] == revision, f"revision {revision}")


def _content(node: Any) -> tuple[str, str, str, str]:
    return node["title"], node["body"], node["integrity"]["status"], node["integrity"]["digest"]


@contextmanager
def watched(stage: Stage, server: Server, codes: Collection[str] = ()) -> Iterator[Witness]:
    """Fails in the end if any answer within the block was not what it has to be."""
    witness = Witness(stage, server, codes)
    witness._thread.start()
    try:
        witness.asked_again(1)
        yield witness
        witness.asked_again()
    finally:
        witness._stop.set()
        witness._thread.join()
    assert not witness.wrong, witness.wrong[0]
    assert witness.revisions
