"""The sealed corpus that is measured with, and what answers are held against."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType, build_schema, parse, print_type, validate

from benchmarks.articles import article, search_words, topic_of
from benchmarks.data import front_matter, make_corpus
from benchmarks.queries import QUERIES, Handle, project
from benchmarks.servers import stock
from gateway.corpus.claim import claim_file
from gateway.frontmatter.composer import compose
from gateway.frontmatter.limits import Limits
from gateway.trust.directory import read_trust
from gateway.verdict.verdict import Verified
from gateway.verdict.verify import verify

SDL = Path(stock.__file__).with_name("peers.graphql").read_text(encoding="utf-8")
HANDLES = [Handle(f"id{number}", f"cursor{number}") for number in range(1000)]


def test_an_article_is_the_same_every_time_and_unlike_the_next() -> None:
    assert article(7, 100) == article(7, 100)
    assert article(7, 100)[1]["title"] != article(8, 100)[1]["title"]


def test_articles_are_ordered_from_the_newest_on() -> None:
    dates = [article(number, 100)[1]["publishedDateTime"] for number in range(100)]
    assert dates == sorted(dates, reverse=True)
    assert len(set(dates)) == 100


def test_related_items_lead_to_records_of_the_corpus() -> None:
    pages = {article(number, 50)[1]["webUrl"] for number in range(50)}
    for number in range(50):
        related = article(number, 50)[1]["related"]
        assert len(related) == 3
        assert pages.issuperset(item["webUrl"] for item in related)


def test_what_is_searched_for_stands_in_the_article() -> None:
    _, fields = article(7, 100)
    assert fields["title"].lower().startswith(search_words(7))
    assert topic_of(7) in fields["topics"]


@pytest.mark.parametrize("processes", [0, 2])
def test_every_file_is_sealed(tmp_path: Path, processes: int) -> None:
    made = make_corpus(tmp_path / "corpus", 12, processes=processes)
    trust = read_trust(made.keys, None, None)
    for record in made.records:
        raw = claim_file("bench", made.seeds, record["path"], Limits())
        assert isinstance(verify(raw, trust, int(time.time())), Verified)


def test_the_private_key_is_written_nowhere(tmp_path: Path) -> None:
    made = make_corpus(tmp_path / "corpus", 3, processes=0)
    assert b'"d"' not in (made.keys / "bench.jwk").read_bytes()
    assert [file.name for file in made.keys.iterdir()] == ["bench.jwk"]


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_query_is_valid_for_the_other_servers(query: Any) -> None:
    assert validate(build_schema(SDL), parse(query.text)) == []


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_five_hundred_different_requests_stay_within_the_list(query: Any) -> None:
    positions = query.positions(1000)
    assert len(set(positions)) == len({query.body(at, HANDLES) for at in positions}) == 500
    assert min(positions) == 0
    assert max(positions) + (query.size or 1) <= 1000


def test_all_servers_have_one_schema(tmp_path: Path) -> None:
    """Strawberry's is written in Python and that of the others in SDL."""
    made = make_corpus(tmp_path / "corpus", 3, processes=0)
    theirs = stock.application(made.records_file).schema._schema
    for name, type_ in build_schema(SDL).type_map.items():
        if isinstance(type_, GraphQLObjectType) and not name.startswith("__"):
            assert sorted(_lines(print_type(type_))) == sorted(
                _lines(print_type(theirs.type_map[name]))
            )


def _lines(text: str) -> list[str]:
    # Strawberry writes out the default of arguments that may be left out.
    return text.replace("after: String = null", "after: String").splitlines()


def test_a_projection_keeps_what_was_selected_and_nothing_else() -> None:
    query = QUERIES["Q2"]
    record = {
        **{name: name for name in query.selection if isinstance(name, str)},
        "provider": {"name": "n", "domain": "d", "more": 1},
        "topics": [{"name": "t"}],
        "images": [],
        "related": [
            {"title": "r", "webUrl": "u", "provider": {"name": "n", "domain": "d"}, "images": []}
        ],
        "body": "not asked for",
    }
    shown = project(record, query.selection)
    assert "body" not in shown
    assert shown["provider"] == {"name": "n", "domain": "d"}
    assert shown["topics"] == [{"name": "t"}]


ODD = ["true", "Null", "12", "1e3", "2025-06-01T00:00:00Z", "a: b", "a #b", "it's", "- a", "", " a"]


@pytest.mark.parametrize("text", [*ODD, "https://a.example/b-c", "Plain words and more"])
def test_what_is_written_as_yaml_is_read_as_it_was(text: str) -> None:
    fields = {"a": text, "b": [text, text], "c": {"d": [{"e": text, "f": True, "g": [1]}]}}
    assert compose(front_matter(fields), Limits(), 1)[0] == fields
