"""Answers in parts over HTTP: multipart/mixed, as Apollo Client, Relay and urql read it.

https://github.com/graphql/graphql-over-http/blob/main/rfcs/IncrementalDelivery.md for the format.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request

from gateway.execution.incremental import Form
from gateway.http.streaming import Framing

MULTIPART = "multipart/mixed"


def form_asked_for(request: Request) -> Form | None:
    """The form of partial answers that the client names in its Accept header; None without one.

    A client that names only the media type is of the time when the form of 2022 was the one.
    """
    for part in request.headers.get("accept", "").lower().split(","):
        name, *parameters = (piece.strip().replace('"', "") for piece in part.split(";"))
        if name == MULTIPART:
            return Form.PRESENT if str(Form.PRESENT) in parameters else Form.AUGUST_2022
    return None


def framing(form: Form) -> Framing:
    """Parts between boundaries, which are dashes here; after the last one there are two more."""
    return Framing(
        media_type=f'{MULTIPART}; boundary="-"; {_PARAMETERS[form]}',
        start=b"\r\n---",
        piece=_part,
        rest=b"",
        end=b"--\r\n",
    )


_PARAMETERS = {Form.PRESENT: "incrementalSpec=v0.2", Form.AUGUST_2022: "deferSpec=20220824"}


def _part(document: Mapping[str, Any]) -> bytes:
    head = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
    return head + orjson.dumps(document) + b"\r\n---"
