"""From the decoded member `record` of canonical bytes to what it describes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.errors import Reason, RecordShapeError
from gateway.records.article import read_article
from gateway.records.community import read_download, read_forum, read_profile
from gateway.records.content import Content
from gateway.records.kind import Kind, kind_of
from gateway.records.learning import read_collection, read_course, read_video
from gateway.records.shape import Fields
from gateway.records.taxonomy import Organization, Topic, read_organization, read_topic

Model = Content | Topic | Organization

_READERS: Mapping[Kind, Callable[[Fields], Model]] = {
    Kind.ARTICLE: read_article,
    Kind.VIDEO: read_video,
    Kind.COURSE: read_course,
    Kind.COLLECTION: read_collection,
    Kind.DOWNLOAD: read_download,
    Kind.PROFILE: read_profile,
    Kind.FORUM: read_forum,
    Kind.TOPIC: read_topic,
    Kind.ORGANIZATION: read_organization,
}


def read_model(record: Mapping[str, object]) -> Model:
    """What a record describes, by its kind.

    Raises RecordShapeError: KIND_NOT_MODELLED for a kind that there is no model of, RECORD_SHAPE
    with the field's name when a field is missing or has another type.
    """
    kind = kind_of(record)
    if kind is None:
        declared = record.get("taxonomy") or record.get("type") or "unknown"
        message = f"records of kind {str(declared)[:40]!r} are not served"
        raise RecordShapeError(Reason.KIND_NOT_MODELLED, message)
    return _READERS[kind](Fields(record))
