"""Records, conditions, orders and searches drawn at random, close enough together to meet."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from hypothesis import strategies as st

from gateway.index.card import Card
from gateway.index.condition import Compare, Condition, Either, Every, Field, Neither, Op, Related
from gateway.index.listing import By, Order
from gateway.records.kind import Kind
from tests.support.cards import card, content, related_item
from tests.support.oracle import micros
from tests.support.publisher import article_fields

# No surrogates, since UTF-8 has none; no NUL, since front matter may hold none.
_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_WORDS = (
    "Seal", "seal", "SEAL", "a sealed page", "pages", "Straße", "STRASSE", "ﬁnd", "find", "İzmir",
    "i̇zmir", "ΐ", "e\u0301", "é", "R&amp;D", "R&D", "&lt;b&gt; tag", "&#x1F512; locked", "🔒", "",
    "100 %", "_", "naïve \x02mark\x03",
)  # fmt: skip
TEXTS = st.sampled_from(_WORDS) | _TEXT
_NUMBERS = st.sampled_from([-(2**31), -1, 0, 1, 80, 2**31 - 1]) | st.integers(-(2**31), 2**31 - 1)
_TIMES = st.sampled_from(
    [
        "0001-01-01T00:00:00Z",
        "1969-12-28T23:59:59.999999Z",
        "1969-12-31T23:59:59.5Z",
        "1970-01-01T00:00:00Z",
        "2024-12-29T23:59:59.999999Z",
        "2024-12-30T00:00:00Z",
        "2025-01-01T01:00:00+02:00",
        "2026-03-04T09:15:00Z",
        "9999-12-31T23:59:59.999999Z",
    ]
) | st.datetimes().map(lambda time: f"{time.isoformat()}Z")
_URLS = st.sampled_from(["", *(f"https://example.org/{n}" for n in range(4))])
_PROVIDERS = st.builds(
    lambda name, domain: {"name": name, "domain": domain},
    st.sampled_from(["Example", "example", "Other & Sons", "Ünion"]),
    st.sampled_from(["example.org", "example.com"]),
)
_IMAGE = {"url": "/a.png", "width": 1, "height": 1}
_TOPICS = st.sampled_from(["AI", "ai", "Künstliche Intelligenz", "R&amp;D", "🔒"])


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


_COMMON: dict[str, st.SearchStrategy[Any]] = {
    "excerpt": TEXTS,
    "heat": _maybe(_NUMBERS),
    "originalUrl": _maybe(_URLS),
    "webUrl": _maybe(_URLS),
    "topics": st.lists(_TOPICS, max_size=3),
    "images": st.lists(st.just(_IMAGE), max_size=1),
}
_ITEMS = st.fixed_dictionaries(
    {
        "title": TEXTS,
        "publishedDateTime": _TIMES,
        "quality": _NUMBERS,
        "provider": _PROVIDERS,
        "originalUrl": _maybe(_URLS),
        "webUrl": _maybe(_URLS),
    }
).map(lambda changes: related_item(**changes))
_ARTICLES = st.fixed_dictionaries(
    {
        **_COMMON,
        "title": TEXTS,
        "type": st.sampled_from(["article", "video"]),
        "publishedDateTime": _TIMES,
        "provider": _PROVIDERS,
        "quality": _maybe(_NUMBERS),
        "related": st.lists(_ITEMS, max_size=2),
    }
).map(lambda changes: article_fields(**changes))


def _others(kind: str, title: str = "title") -> st.SearchStrategy[dict[str, object]]:
    chosen = {
        **_COMMON,
        title: TEXTS,
        "category": _maybe(TEXTS.filter(lambda text: text != "news")),
        "publishedDateTime": _maybe(_TIMES),
        "provider": _maybe(_PROVIDERS),
    }
    return st.fixed_dictionaries(chosen).map(lambda changes: content(kind, **changes))


_DESCRIPTIONS = st.builds(
    lambda name: {"taxonomy": "organization", "name": name, "domain": "example.org"}, TEXTS
) | st.builds(lambda name: {"taxonomy": "topic", "name": name}, TEXTS)
_RECORDS = st.one_of(
    _ARTICLES, _ARTICLES, _others("course"), _others("forum", "name"), _DESCRIPTIONS
)
_PATHS = st.sampled_from([f"{folder}/{n}.md" for folder in ("_a", "_B", "_é") for n in range(10)])
_BODIES = st.sampled_from(
    [b"", b"<p>A <b>seal</b>ed page</p><p>R&amp;D</p>", b"seal 1 < 2 && pages > 1", b"seal " * 40]
) | TEXTS.map(str.encode)


@st.composite
def libraries(draw: st.DrawFn, min_size: int = 0, max_size: int = 7) -> list[Card]:
    """Some records of several kinds, each at a path of its own."""
    paths = draw(st.lists(_PATHS, unique=True, min_size=min_size, max_size=max_size))
    return [card(n, path, draw(_RECORDS), draw(_BODIES)) for n, path in enumerate(paths, 1)]


_VALUES: dict[Field, st.SearchStrategy[Any]] = {
    Field.PATH: _PATHS,
    Field.KIND: st.sampled_from([str(kind) for kind in Kind]),
    Field.TITLE: TEXTS,
    Field.EXCERPT: TEXTS,
    Field.TYPE: st.sampled_from(["article", "video", "course"]),
    Field.CATEGORY: TEXTS | st.just("news"),
    Field.PROVIDER_NAME: st.sampled_from(["Example", "ex", "&", "ü", "UNION"]),
    Field.PROVIDER_DOMAIN: st.sampled_from(["example.org", "example", ".ORG"]),
    Field.PUBLISHED: st.datetimes(timezones=st.just(UTC)).map(micros)
    | st.sampled_from([-1, 0, -500_000, 1_772_615_700_000_000]),
    Field.QUALITY: _NUMBERS,
    Field.HEAT: _NUMBERS,
    Field.HAS_IMAGE: st.booleans(),
    Field.URL: _URLS,
    Field.TOPIC: _TOPICS,
}
_NO_TEXT = {Field.PUBLISHED, Field.QUALITY, Field.HEAT, Field.HAS_IMAGE}
_RELATED_FIELDS = (
    Field.TITLE, Field.EXCERPT, Field.TYPE, Field.PROVIDER_NAME, Field.PROVIDER_DOMAIN,
    Field.PUBLISHED, Field.QUALITY, Field.URL,
)  # fmt: skip


@st.composite
def _compares(draw: st.DrawFn, fields: tuple[Field, ...]) -> Compare:
    field = draw(st.sampled_from(fields))
    forbidden = {Op.CONTAINS, Op.STARTS_WITH} if field in _NO_TEXT else set()
    op = draw(st.sampled_from([op for op in Op if op not in forbidden]))
    if op is Op.EXISTS:
        return Compare(field, op, None)
    if op is Op.IN:
        return Compare(field, op, tuple(draw(st.lists(_VALUES[field], max_size=3))))
    return Compare(field, op, draw(_VALUES[field]))


def _nested(leaves: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda parts: Every(tuple(parts))),
            st.lists(inner, max_size=3).map(lambda parts: Either(tuple(parts))),
            inner.map(Neither),
        ),
        max_leaves=5,
    )


CONDITIONS = _nested(_compares(tuple(Field)) | _nested(_compares(_RELATED_FIELDS)).map(Related))
ORDERS = st.lists(st.builds(Order, st.sampled_from(By), st.booleans()), max_size=3).map(tuple)
KINDS = st.just(tuple(Kind)) | st.lists(st.sampled_from(Kind), unique=True).map(tuple)

# What people type, and what they would type to break something.
_TYPED = st.sampled_from(
    [*_WORDS, "sea*", '"a sealed"', '"', '""', "*", "^seal", "-seal", "(", ")", "title:", "NEAR",
     "NEAR(a b, 2)", "AND", "OR", "NOT", "+", "{title}", "'", ";", "--", "\0", "\\", "\U0001e900"]
)  # fmt: skip
SEARCHES = (
    st.lists(_TYPED | _TEXT, max_size=6).map(" ".join) | st.lists(_TYPED, max_size=6).map("".join)
).map(lambda text: text[:256])
