"""Things to learn from: videos, courses, and collections of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from gateway.errors import Reason, RecordShapeError
from gateway.records.content import Content, read_common
from gateway.records.kind import Kind
from gateway.records.shape import Fields

# ISO 8601 durations of whole units. Months have no fixed length, so they stand alone.
_DURATION = re.compile(
    r"P(?=.)(\d{1,6}D)?(T(?=.)(\d{1,6}H)?(\d{1,6}M)?(\d{1,6}S)?)?|P\d{1,6}[MW]", re.ASCII
)


@dataclass(frozen=True)
class Ratings:
    """count: how many people rated; average: on the publisher's scale."""

    count: int
    average: float


@dataclass(frozen=True, kw_only=True)
class Video(Content):
    """length: an ISO 8601 duration such as PT13M34S; featured_content: HTML of a player."""

    price: str | None
    length: str | None
    featured_content: str | None


@dataclass(frozen=True, kw_only=True)
class Course(Content):
    price: str | None
    length: str | None
    levels: tuple[str, ...]
    ratings: Ratings | None


@dataclass(frozen=True, kw_only=True)
class Collection(Content):
    """items: as the record names them, paths relative to the folder above the collection's
    own, or to the corpus where they begin with a slash; the ending .md is left out."""

    price: str | None
    length: str | None
    levels: tuple[str, ...]
    items: tuple[str, ...]

    def item_paths(self, path: str) -> list[str | None]:
        """The path of each item's record; `path` is the collection's own. None: no path at all."""
        base = PurePosixPath(path).parent.parent
        return [_item_path(base, item) for item in self.items]


def _item_path(base: PurePosixPath, item: str) -> str | None:
    # A root is one slash or, as POSIX has it, two.
    steps = [part for part in PurePosixPath(item).parts if part.strip("/")]
    if not steps or ".." in steps:
        return None
    path = "/".join(steps if item.startswith("/") else [*base.parts, *steps])
    return path if path.endswith(".md") else f"{path}.md"


def read_video(fields: Fields) -> Video:
    return Video(
        **read_common(fields, Kind.VIDEO),
        price=fields.text("price"),
        length=_duration(fields),
        featured_content=fields.text("featuredContent"),
    )


def read_course(fields: Fields) -> Course:
    return Course(
        **read_common(fields, Kind.COURSE),
        price=fields.text("price"),
        length=_duration(fields),
        levels=fields.texts("levels"),
        ratings=fields.optional("ratings", _ratings),
    )


def read_collection(fields: Fields) -> Collection:
    return Collection(
        **read_common(fields, Kind.COLLECTION),
        price=fields.text("price"),
        length=_duration(fields),
        levels=fields.texts("levels"),
        items=fields.texts("items"),
    )


def _ratings(fields: Fields) -> Ratings:
    return Ratings(fields.required_integer("count"), fields.required_number("average"))


def _duration(fields: Fields) -> str | None:
    text = fields.text("length")
    if text is not None and not _DURATION.fullmatch(text):
        raise RecordShapeError(
            Reason.RECORD_SHAPE,
            "field length must be an ISO 8601 duration such as PT13M34S",
            hint="Correct the field in the file and seal it again.",
        )
    return text
