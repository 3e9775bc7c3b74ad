"""JSON Feed, version 1.1 (jsonfeed.org), for feed readers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from gateway.records.content import Content
from gateway.repository.stream import Stream
from gateway.verdict.admitted import Admitted

VERSION = "https://jsonfeed.org/version/1.1"


def json_feed(stream: Stream, title: str) -> Iterator[bytes]:
    """The content of a stream, newest first, what has no date last, in pieces of one document."""
    head = {"version": VERSION, "title": title, "_sealgate": {"snapshot": stream.snapshot}}
    yield orjson.dumps(head)[:-1] + b',"items":['
    separator = b""
    for admitted in stream.newest_first():
        if isinstance(admitted.model, Content):
            yield separator + orjson.dumps(_item(admitted, admitted.model))
            separator = b","
    yield b"]}\n"


def _item(admitted: Admitted, content: Content) -> dict[str, Any]:
    """Members without a value are left out, as the format wants it."""
    web, original = content.web_url, content.original_url
    item = {
        "id": admitted.path,
        "url": _link(web or original),
        "external_url": _link(original if web and original != web else None),
        "title": content.title,
        "content_text": content.excerpt or content.title,
        "summary": content.excerpt or None,
        "image": next((image.url for image in content.images if _link(image.url)), None),
        "date_published": content.published_date_time,
        "authors": _authors(content),
        "tags": list(content.topics) or None,
        "_sealgate": _evidence(admitted),
    }
    return {name: value for name, value in item.items() if value is not None}


def _link(url: str | None) -> str | None:
    """What a reader may be sent to; a record may hold any text, `javascript:` too."""
    return url if url and url.startswith(("https://", "http://")) else None


def _authors(content: Content) -> list[dict[str, str]] | None:
    provider = content.provider
    if provider is None:
        return None
    named = [{"name": name} for name in provider.authors]
    return [*named, {"name": provider.name, "url": f"https://{provider.domain}/"}]


def _evidence(admitted: Admitted) -> dict[str, Any]:
    """The canonical bytes and the envelopes over them, for whoever wants to check an item."""
    raw = admitted.visible.raw
    return {
        "status": str(admitted.visible.status),
        "digest": raw.digest,
        "canonical": raw.canonical.decode("utf-8"),
        "secured": raw.secured,
    }
