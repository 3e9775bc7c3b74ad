"""A small site with records of every kind, sealed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.support.folder import Folder

PROVIDER = {"name": "Example Learn", "domain": "learn.example.org"}
IMAGE = {"url": "https://img.example.org/a.png", "width": 640, "height": 360, "isCached": True}


def add_record(folder: Folder, path: str, body: str = "", **fields: Any) -> Path:
    """A sealed record with these fields and no others."""
    file = folder.seeds / path
    file.parent.mkdir(parents=True, exist_ok=True)
    front = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True)
    file.write_text(f"---\n{front}---\n{body}", encoding="utf-8")
    folder.seal(path)
    return file


VIDEO: dict[str, Any] = {
    "title": "Rows and columns",
    "excerpt": "How a gallery lays out its items.",
    "originalUrl": "https://video.example.org/rows",
    "type": "video",
    "price": "Free",
    "length": "PT13M34S",
    "publishedDateTime": "2020-07-09T03:56:40Z",
    "heat": 51,
    "featuredContent": "<iframe src='https://video.example.org/embed/rows'></iframe>",
    "provider": PROVIDER,
    "topics": ["Canvas apps"],
    "images": [IMAGE],
}

COURSE: dict[str, Any] = {
    "title": "Manage subscriptions",
    "excerpt": "What is included and who may use it.",
    "webUrl": "https://learn.example.org/subscriptions",
    "type": "course",
    "price": "Free",
    "length": "PT57M",
    "ratings": {"count": 464, "average": 4.4396553},
    "heat": 50,
    "provider": PROVIDER,
    "levels": ["Intermediate"],
    "topics": ["Power Apps"],
}

COLLECTION: dict[str, Any] = {
    "title": "Start here",
    "excerpt": "",
    "type": "collection",
    "heat": 70,
    "provider": PROVIDER,
    "items": ["videos/rows", "courses/subscriptions", "videos/none", "videos/forged"],
    "topics": ["Power Apps"],
}

DOWNLOAD: dict[str, Any] = {
    "title": "Twenty-five flows",
    "excerpt": "A sample to take apart.",
    "originalUrl": "https://forum.example.org/samples/flows",
    "type": "download",
    "publishedDateTime": "2019-12-26T14:13:00Z",
    "heat": 50,
    "actions": [
        {
            "url": "https://forum.example.org/flows.msapp",
            "type": "download",
            "title": "Download the source",
            "attribution": "The community",
        }
    ],
    "provider": {**PROVIDER, "authors": [{"name": "Audrie"}]},
    "topics": ["Power Apps"],
}

PROFILE: dict[str, Any] = {
    "name": "Ada Example",
    "bio": "Builds things & shows how.",
    "location": "Broken Arrow",
    "type": "profile",
    "heat": 106,
    "affiliation": PROVIDER,
    "website": "https://ada.example.org",
    "twitter": {"username": "ada", "url": "https://social.example.org/ada", "followers": 6475},
    "linkedin": {"url": "https://work.example.org/ada"},
    "topics": ["Power Apps"],
}

FORUM: dict[str, Any] = {
    "name": "Makers' corner",
    "excerpt": "Where makers talk.",
    "originalUrl": "https://forum.example.org/",
    "webUrl": "https://forum.example.org/",
    "type": "forum",
    "members": 8400,
    "heat": 257,
    "provider": PROVIDER,
    "topics": ["Power Apps"],
}

ORGANIZATION: dict[str, Any] = {
    "taxonomy": "organization",
    "_id": "learn.example.org",
    "name": "Example",
    "domain": "learn.example.org",
    "otherNames": ["Example Learn"],
    "description": "Teaches.",
}

CONTENT: dict[str, dict[str, Any]] = {
    "_learning/videos/rows.md": VIDEO,
    "_learning/courses/subscriptions.md": COURSE,
    "_learning/collections/start.md": COLLECTION,
    "_samples/flows.md": DOWNLOAD,
    "_people/ada.md": PROFILE,
    "_communities/makers.md": FORUM,
}

TOPICS: dict[str, dict[str, Any]] = {
    "_data/topics/00-power-apps.md": {
        "taxonomy": "topic",
        "name": "Power Apps",
        "keywords": ["power apps"],
        "hashtags": ["#PowerApps"],
    },
    "_data/topics/01-canvas-apps.md": {
        "taxonomy": "topic",
        "name": "Canvas apps",
        "shortname": "Canvas",
        "parent": "Power Apps",
        "images": ["https://img.example.org/canvas.jpg"],
    },
}


def build_site(folder: Folder) -> None:
    """Every kind once, an article beside them, and a forged video that a collection names."""
    for path, fields in {**CONTENT, **TOPICS}.items():
        add_record(folder, path, **fields)
    add_record(folder, "_data/organizations/learn.example.org.md", **ORGANIZATION)
    folder.add("_news/a.md", topics=["Canvas apps"])
    forged = add_record(folder, "_learning/videos/forged.md", **VIDEO)
    forged.write_text(forged.read_text(encoding="utf-8").replace("Rows", "Lies"), encoding="utf-8")
