"""Pictures."""

from __future__ import annotations

from collections.abc import Iterable

import strawberry

from gateway.records import media as model


@strawberry.type(description="A picture. Its bytes are not sealed, only what is said of it here.")
class Image:
    url: str = strawberry.field(description="Absolute, or relative to the publisher's site.")
    width: int = strawberry.field(description="In pixels.")
    height: int = strawberry.field(description="In pixels.")
    is_cached: bool | None = strawberry.field(
        description="Whether the publisher keeps a copy; null where the record does not say."
    )
    title: str | None = strawberry.field(description="A caption; null where there is none.")


def images_from(images: Iterable[model.Image]) -> list[Image]:
    return [
        Image(
            url=image.url,
            width=image.width,
            height=image.height,
            is_cached=image.is_cached,
            title=image.title,
        )
        for image in images
    ]
