"""HTML out of records: as it was sealed, or made harmless."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema.markup import markup
from tests.support.client import serving
from tests.support.folder import Folder
from tests.support.fuzz import fuzz
from tests.support.site import VIDEO, add_record

PLAYER = '<iframe src="https://video.example.org/1" width="640" onload="x()"></iframe>'
SAFE_PLAYER = (
    '<iframe src="https://video.example.org/1" width="640"'
    ' sandbox="allow-scripts allow-presentation"></iframe>'
)
BODY = '<script>x()</script><p onclick="x()">a &amp; b</p>'


def test_markup_is_served_as_it_was_sealed_unless_somebody_asks(folder: Folder) -> None:
    folder.add("_news/a.md", BODY, featuredContent=PLAYER)
    add_record(folder, "_learning/videos/v.md", **{**VIDEO, "featuredContent": PLAYER})
    query = """{contentByPath(paths: ["_news/a.md", "_learning/videos/v.md"]) {
        body safeBody: body(sanitize: true)
        ...on Article {featuredContent safe: featuredContent(sanitize: true)}
        ...on Video {featuredContent safe: featuredContent(sanitize: true)}
    }}"""
    with serving(folder.settings) as client:
        article, video = client.data(query)["contentByPath"]
    assert article == {
        "body": BODY,
        "safeBody": "<p>a &amp; b</p>",
        "featuredContent": PLAYER,
        "safe": SAFE_PLAYER,
    }
    assert video == {"body": "", "safeBody": "", "featuredContent": PLAYER, "safe": SAFE_PLAYER}


@pytest.mark.parametrize(
    "dangerous",
    [
        "<script>x()</script>",
        "<style>@import 'https://a.example'</style>",
        '<a href="javascript:x()">a</a>',
        '<a href="java\tscript:x()">a</a>',
        '<img src="data:image/svg+xml,x" onerror="x()">',
        '<iframe srcdoc="<script>x()</script>"></iframe>',
        '<form action="https://a.example"><input name="a"></form>',
        '<object data="https://a.example"></object><embed src="https://a.example">',
        '<svg><script href="https://a.example"/></svg>',
        '<base href="https://a.example"><meta http-equiv="refresh" content="0">',
        '<math><mtext></p><style><img src="x" onerror="x()">',
    ],
)
def test_what_runs_or_reaches_out_is_left_out(dangerous: str) -> None:
    found = markup(dangerous, sanitize=True)
    assert found is not None
    for part in ("script:", "<script", "<style", "<form", "<input", "<object", "<embed", "<base"):
        assert part not in found
    for part in ("onerror", "srcdoc", "data:", "<meta", "<svg", "<math", "import"):
        assert part not in found


def test_a_frame_cannot_bring_its_own_sandbox() -> None:
    frame = '<iframe sandbox="allow-same-origin allow-top-navigation" src="https://a.example">'
    found = markup(frame, sanitize=True)
    assert found is not None
    assert 'sandbox="allow-scripts allow-presentation"' in found
    assert "same-origin" not in found


def test_nothing_stays_nothing() -> None:
    assert markup(None, sanitize=True) is None
    assert markup("", sanitize=True) == ""


@fuzz
@given(text=st.text("<>/='\" aonscriptjv:&;-!x\t", max_size=60) | st.text(max_size=40))
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    once = markup(text, sanitize=True)
    assert markup(once, sanitize=True) == once
