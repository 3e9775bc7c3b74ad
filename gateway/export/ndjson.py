"""One JSON document a line (application/x-ndjson)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from gateway.verdict.admitted import Admitted


def ndjson(records: Iterable[Admitted]) -> Iterator[bytes]:
    """A line for each record, in their order.

    `record`, `corpus`, `path` and the SHA-256 of `body` are what the canonical bytes are made of
    (docs/record-format.md), so that whoever reads a line can check `digest` and `secured` alone.
    """
    for admitted in records:
        visible = admitted.visible
        raw = visible.raw
        yield orjson.dumps(
            {
                "corpus": raw.corpus,
                "path": raw.path,
                "kind": str(admitted.model.kind),
                "status": str(visible.status),
                "keyIds": visible.key_ids,
                "digest": raw.digest,
                "record": visible.decode().record,
                "body": raw.body.decode("utf-8"),
                "secured": raw.secured,
            },
            option=orjson.OPT_APPEND_NEWLINE,
        )
