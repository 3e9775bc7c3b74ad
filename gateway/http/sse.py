"""GraphQL over server-sent events, distinct connections mode: one operation, one response.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md for the events, the HTML standard's
section on server-sent events for how they are written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from gateway.http.response import EVENT_STREAM
from gateway.http.streaming import Framing

_COMMENT = b":\n\n"


def _next(document: Mapping[str, Any]) -> bytes:
    return b"event: next\ndata: %s\n\n" % orjson.dumps(document)


# `next` for each answer, then `complete`; comments between them keep the connection alive. Browsers
# hand over only events that have data, so `complete` has some: nothing.
EVENTS = Framing(
    media_type=EVENT_STREAM,
    start=_COMMENT,
    piece=_next,
    rest=_COMMENT,
    end=b"event: complete\ndata:\n\n",
)
