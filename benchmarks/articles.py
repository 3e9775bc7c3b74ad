"""Articles that are the same on every machine and in every run, for whoever measures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

Fields = dict[str, Any]

CORPUS = "bench"
RELATED = 3

_NEWEST = datetime(2025, 6, 1, tzinfo=UTC)
_WORDS = """
    anchor arcade basin beacon bridge canal census chart cipher clinic coast column comet
    copper delta depot draft echo ember fable ferry field flint forge garden gauge glacier
    grain harbor hinge horizon index island jury kernel ladder lantern ledger lens locust
    lumber magnet mantle market meadow mirror mosaic needle notary oasis orchard parcel pepper
    pier pigment pilot plaza pollen prism quarry rail raft relay ridge rover rudder satchel
    scale schooner shelter signal silo sketch socket spindle spruce statute steam summit
    tariff temper thread timber torch tunnel turbine valve vault vessel vineyard voucher wagon
    walnut willow window zenith
""".split()  # noqa: SIM905  a word a line would fill pages
_PAPERS = ("Herald", "Courier", "Observer")
_PROVIDERS = [
    {"name": f"{word.title()} {paper}", "domain": f"{word}-{paper.lower()}.example"}
    for word in _WORDS[:20]
    for paper in _PAPERS
]
_TOPICS = [f"{first.title()} {second}" for first in _WORDS[20:32] for second in _WORDS[40:50]]


def article(number: int, count: int) -> tuple[str, Fields]:
    """Path and front matter of one of `count` articles; number 0 is the newest.

    Its related items are summaries of others of them, so that each leads to a record.
    """
    fields = _own(number)
    others = ((number * 7 + 13 * step + 1) % count for step in range(1, RELATED + 1))
    return path_of(number), {**fields, "related": [_summary(_own(other)) for other in others]}


def path_of(number: int) -> str:
    return f"_news/{number // 1000:04d}/{number:07d}.md"


def search_words(number: int) -> str:
    """Two words that stand in the title of this article, and in those of some others."""
    first, second, *_ = _own(number)["title"].lower().split()
    return f"{first} {second}"


def topic_of(number: int) -> str:
    """A topic that this article is filed under."""
    return str(_own(number)["topics"][0])


def _own(number: int) -> Fields:
    draw = Random(20_260_900 + number)  # noqa: S311  the same every time is the point
    provider = draw.choice(_PROVIDERS)
    words = draw.choices(_WORDS, k=8)
    slug = f"{'-'.join(words)}-{number}"
    site = f"{provider['domain']}/{slug}"
    return {
        "category": "news",
        "title": " ".join(words).capitalize(),
        "excerpt": " ".join(draw.choices(_WORDS, k=30)).capitalize() + ".",
        "publishedDateTime": f"{_NEWEST - timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}",
        "originalUrl": f"https://{site}",
        "webUrl": f"https://news.example/{slug}",
        "ampWebUrl": f"https://amp.{site}",
        "cdnAmpWebUrl": f"https://cdn.example/c/s/amp.{site}",
        "type": draw.choice(["article", "article", "video"]),
        "quality": draw.randrange(0, 200),
        "heat": draw.randrange(0, 4000),
        "published": True,
        "provider": provider,
        "topics": draw.sample(_TOPICS, 3),
        "images": [_image(draw) for _ in range(draw.randrange(1, 3))],
    }


def _image(draw: Random) -> Fields:
    return {
        "url": f"https://img.example/{draw.getrandbits(64):016x}.jpg",
        "width": draw.choice([640, 960, 1200, 1600]),
        "height": draw.choice([360, 540, 675, 900]),
        "isCached": draw.random() < 0.5,
    }


_SUMMED_UP = (
    "title",
    "excerpt",
    "publishedDateTime",
    "originalUrl",
    "webUrl",
    "ampWebUrl",
    "cdnAmpWebUrl",
    "type",
    "provider",
    "quality",
)


def _summary(fields: Fields) -> Fields:
    return {**{name: fields[name] for name in _SUMMED_UP}, "images": fields["images"][:1]}
