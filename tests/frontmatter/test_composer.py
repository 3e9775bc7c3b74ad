"""YAML to plain values: what each refusal is called, and on which line it stands."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import FrontMatterError, Reason
from gateway.frontmatter.composer import Value, compose
from gateway.frontmatter.limits import Limits

LIMITS = Limits()
FIRST = 2  # the line after the opening fence


def refused(text: str, limits: Limits = LIMITS, first_line: int = FIRST) -> tuple[Reason, int]:
    with pytest.raises(FrontMatterError) as caught:
        compose(text, limits, first_line)
    assert caught.value.line is not None
    return caught.value.code, caught.value.line


def value(text: str) -> Value:
    return compose(text, LIMITS, FIRST)[0]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [", 2),
        ("a: 1\nb: [", 3),
        ("a: 1\nb: 'x", 3),
        ("a: 1\nb: 'x\n", 4),
        ("a: 1\nb: \x01\n", 3),
        ("ä: 日本\r\nb: 1\r\nc: 日\x07\r\nd: 1", 4),
    ],
)
def test_a_syntax_error_is_on_the_line_where_it_was_noticed(text: str, line: int) -> None:
    assert refused(text) == (Reason.YAML_SYNTAX, line)


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("x: 1\nx : 2", Reason.YAML_DUPLICATE_KEY, 3),
        ("a: 1\r\na: 2\r\n", Reason.YAML_DUPLICATE_KEY, 3),
        ("? a\n: 1\n? a\n: 2", Reason.YAML_DUPLICATE_KEY, 4),
        ("'': 1\n\"\": 2", Reason.YAML_DUPLICATE_KEY, 3),
        ("a: |\n  1\n  2\nb: 1\nb: 2", Reason.YAML_DUPLICATE_KEY, 6),
        ("a: 1\nb: [{c: 1,\n c: 2}]", Reason.YAML_DUPLICATE_KEY, 4),
        ("!!str a: 1", Reason.YAML_TAG, 2),
        ("!!seq [a]", Reason.YAML_TAG, 2),
        ("a:\n  - !<x> b", Reason.YAML_TAG, 3),
        ("a: ! b", Reason.YAML_TAG, 2),
        ("&a b: 1", Reason.YAML_ANCHOR, 2),
        ("a: [1,\n &x {}]", Reason.YAML_ANCHOR, 3),
        ("a: 1\n*x : 2", Reason.YAML_ANCHOR, 3),
        ("a: 1\n<<: {b: 1}", Reason.YAML_MERGE_KEY, 3),
        ("a: 1\nb:\n  <<: x", Reason.YAML_MERGE_KEY, 4),
        ("a: b\n---\nc: d", Reason.YAML_SECOND_DOCUMENT, 3),
        ("a: b\n...\n---\nc: d", Reason.YAML_SECOND_DOCUMENT, 4),
        ("%YAML 1.2\n---\na: 1", Reason.YAML_DIRECTIVE, 2),
        ("%YAML 1.1\n---\na: 1", Reason.YAML_DIRECTIVE, 2),
        ("%TAG ! x:\n---\na: 1", Reason.YAML_DIRECTIVE, 2),
        ("a: 1\n1: b", Reason.YAML_KEY_NOT_STRING, 3),
        ("1.5: x", Reason.YAML_KEY_NOT_STRING, 2),
        ("0x1: x", Reason.YAML_KEY_NOT_STRING, 2),
        ("False: x", Reason.YAML_KEY_NOT_STRING, 2),
        ("null: x", Reason.YAML_KEY_NOT_STRING, 2),
        ("? \n: x", Reason.YAML_KEY_NOT_STRING, 2),
        ("[a]: b", Reason.YAML_KEY_NOT_STRING, 2),
        ("{a: b}: c", Reason.YAML_KEY_NOT_STRING, 2),
        (".nan: x", Reason.YAML_NUMBER_RANGE, 2),
        ("a: 1\nb:\n  - 9007199254740992", Reason.YAML_NUMBER_RANGE, 4),
        ('a: "\\x00"', Reason.YAML_NUL, 2),
        ('a: 1\nb: ["\\u0000"]', Reason.YAML_NUL, 3),
        ("\n\na: [1\n", Reason.YAML_SYNTAX, 5),
        ("a: b: c", Reason.YAML_SYNTAX, 2),
        ('a: "x\n\ny: 1', Reason.YAML_SYNTAX, 4),
        ("a: 1\n\tb: 2", Reason.YAML_SYNTAX, 3),
        ("a: 1\nb: @x", Reason.YAML_SYNTAX, 3),
        ('a: 1\nb: "\\U00110000"', Reason.YAML_SYNTAX, 3),
        ('a: "\\uD83D\\uDE00"', Reason.YAML_SYNTAX, 2),
    ],
)
def test_each_refusal_has_its_code_and_the_line_of_the_file(
    text: str, reason: Reason, line: int
) -> None:
    assert refused(text) == (reason, line)


def test_lines_are_counted_from_the_line_that_the_caller_names() -> None:
    assert refused("a: 1\na: 2", first_line=1) == (Reason.YAML_DUPLICATE_KEY, 2)
    assert refused("a: @", first_line=41) == (Reason.YAML_SYNTAX, 41)


def test_quoting_makes_a_key_a_string_whatever_it_looks_like() -> None:
    text = "'1': a\n\"true\": b\n'<<': c\n'~': d\n'': e"
    assert value(text) == {"1": "a", "true": "b", "<<": "c", "~": "d", "": "e"}


def test_the_same_key_may_stand_in_two_mappings() -> None:
    assert value("a: {k: 1}\nb: {k: 2}\nk: 3") == {"a": {"k": 1}, "b": {"k": 2}, "k": 3}


def test_quoted_and_block_scalars_are_strings_however_number_like() -> None:
    assert value("a: '1'\nb: \"null\"\nc: |-\n  true\nd: >-\n  1.0") == {
        "a": "1",
        "b": "null",
        "c": "true",
        "d": "1.0",
    }


def test_backslash_zero_in_single_quotes_is_two_characters() -> None:
    assert value(r"a: '\0'") == {"a": r"\0"}


def test_only_top_level_keys_have_a_place_and_it_is_that_of_the_key() -> None:
    text = "# note\na:\n  inner: 1\n\n'b': |\n  c: 1\nd:\n- e: 1"
    _, starts = compose(text, LIMITS, FIRST)
    assert starts == {"a": text.index("a:"), "b": text.index("'b'"), "d": text.index("d:")}


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "~"])
def test_a_document_without_content_is_null(text: str) -> None:
    assert value(text) is None


@pytest.mark.parametrize("unit", ["[", "{a: ", "- ", "[{a: ", "- - ", "[{a: [{b: "])
def test_a_hundred_thousand_open_collections_are_too_deep_and_found_without_recursion(
    unit: str,
) -> None:
    code, _ = refused(unit * 100_000)
    assert code is Reason.YAML_TOO_DEEP


def test_block_mappings_are_bounded_in_depth_on_the_line_that_goes_too_deep() -> None:
    text = "\n".join(" " * n + "a:" for n in range(200))
    assert refused(text) == (Reason.YAML_TOO_DEEP, FIRST + LIMITS.depth)


def test_the_depth_bound_is_exact_for_every_kind_of_collection() -> None:
    limits = Limits(depth=4)
    for opening, closing in (("[", "]"), ("{a: ", "}")):
        assert compose(opening * 4 + closing * 4, limits, FIRST)[0]
        assert refused(opening * 5 + closing * 5, limits) == (Reason.YAML_TOO_DEEP, 2)


def test_siblings_do_not_add_to_the_depth() -> None:
    assert value("[" + "[[1]]," * 1000 + "]") == [[[1]]] * 1000


def test_the_node_bound_counts_keys_scalars_and_collections() -> None:
    text = "a: [1, {b: 2}]"  # mapping, a, list, 1, mapping, b, 2
    assert compose(text, Limits(nodes=7), FIRST)[0] == {"a": [1, {"b": 2}]}
    assert refused(text, Limits(nodes=6)) == (Reason.YAML_TOO_MANY_NODES, 2)


def test_many_small_values_are_refused_by_their_number() -> None:
    assert refused("- x\n" * (LIMITS.nodes + 1)) == (Reason.YAML_TOO_MANY_NODES, 1 + LIMITS.nodes)


def test_long_names_do_not_make_long_messages() -> None:
    long = "x" * 500
    for text in (f"a: &{long} 1", f"a: !{long} 1", f"{long}: 1\n{long}: 2", f"a: {'9' * 500}"):
        with pytest.raises(FrontMatterError) as caught:
            compose(text, LIMITS, FIRST)
        assert len(str(caught.value)) < 200


@pytest.mark.fuzz
@settings(
    deadline=None,
    derandomize=True,
    max_examples=int(os.environ.get("SEALGATE_FUZZ_EXAMPLES", "150")),
)
@given(st.text(st.sampled_from("ab01:-?[]{},&*!<|>'\"%#~. \n\t\\x"), max_size=80))
def test_whatever_is_read_has_only_plain_values_and_every_refusal_a_line(text: str) -> None:
    try:
        found, starts = compose(text, LIMITS, FIRST)
    except FrontMatterError as error:
        assert error.line is not None  # noqa: PT017
        assert FIRST <= error.line <= FIRST + text.count("\n") + 1  # noqa: PT017
        return
    assert isinstance(found, str | int | float | bool | list | dict | None)
    assert set(starts) == (set(found) if isinstance(found, dict) else set())
