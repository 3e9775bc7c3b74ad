"""From a record that may be shown to the GraphQL object of its kind."""

from __future__ import annotations

from gateway.records import community, learning
from gateway.records.article import Article as ArticleModel
from gateway.verdict.admitted import Admitted
from schema.article import article_from
from schema.community import download_from, forum_from, profile_from
from schema.content import Content
from schema.context import Records
from schema.learning import collection_from, course_from, video_from


def present(admitted: Admitted | None, records: Records) -> Content | None:
    """None for what is not content."""
    if admitted is None:
        return None
    match admitted.model:
        case ArticleModel():
            return article_from(admitted, records)
        case learning.Video() as video:
            return video_from(admitted, records, video)
        case learning.Course() as course:
            return course_from(admitted, records, course)
        case learning.Collection() as collection:
            return collection_from(admitted, records, collection)
        case community.Download() as download:
            return download_from(admitted, records, download)
        case community.Profile() as profile:
            return profile_from(admitted, records, profile)
        case community.Forum() as forum:
            return forum_from(admitted, records, forum)
        case _:
            return None
