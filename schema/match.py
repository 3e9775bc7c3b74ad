"""Where a search was found."""

from __future__ import annotations

from collections.abc import Iterable

import strawberry

from gateway.index import search as model


@strawberry.type(
    description="A piece of plain text, entities decoded. In their order the pieces make the whole."
)
class TextSpan:
    text: str = strawberry.field(description="Data, not markup: escape it as any other text.")
    is_hit: bool = strawberry.field(description="Whether this is what was searched for.")


@strawberry.type(description="A field in which a search was found.")
class Highlight:
    field: str = strawberry.field(
        description="title, excerpt, or labels: its topics and its provider."
    )
    spans: list[TextSpan] = strawberry.field(description="The whole text of the field.")


@strawberry.type(description="How a search found a record.")
class SearchMatch:
    score: float = strawberry.field(
        description="Higher is better. Comparable within one list of one snapshot only."
    )
    snippet: list[TextSpan] = strawberry.field(
        description=(
            "The best place in the excerpt, or in the body if only that holds hits; some 24 words"
            " long, with … where it was cut."
        )
    )
    highlights: list[Highlight] = strawberry.field(
        description="The fields that hold hits; the body's are in the snippet only."
    )


def match_from(match: model.Match) -> SearchMatch:
    return SearchMatch(
        score=match.score,
        snippet=_spans(match.snippet),
        highlights=[Highlight(field=name, spans=_spans(spans)) for name, spans in match.fields],
    )


def _spans(spans: Iterable[model.Span]) -> list[TextSpan]:
    return [TextSpan(text=span.text, is_hit=span.is_hit) for span in spans]
