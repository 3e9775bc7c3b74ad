"""Whole files: what is read, and what is refused with which code on which line."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import FrontMatterError, Reason
from gateway.frontmatter.composer import Value
from gateway.frontmatter.document import parse, parse_data
from gateway.frontmatter.limits import Limits
from tests.support.fuzz import fuzz

LIMITS = Limits()


def fields(yaml: str) -> dict[str, Value]:
    return parse(f"---\n{yaml}\n---\n".encode(), LIMITS).fields


def refused(yaml: str | bytes, limits: Limits = LIMITS) -> tuple[Reason, int | None]:
    data = yaml if isinstance(yaml, bytes) else f"---\n{yaml}\n---\n".encode()
    with pytest.raises(FrontMatterError) as caught:
        parse(data, limits)
    return caught.value.code, caught.value.line


def test_values_of_every_kind_are_read() -> None:
    assert fields('a: "1"\nb: [1, x, {c: null}]\nd:\n  - e: f\ng: |\n  two\n  lines\n') == {
        "a": "1",
        "b": [1, "x", {"c": None}],
        "d": [{"e": "f"}],
        "g": "two\nlines\n",
    }


def test_text_of_every_script_survives() -> None:
    text = "zero\u200bwidth 🔏 日本語 &amp; escaped\r\nend"
    assert fields(r'a: "zero\u200bwidth 🔏 日本語 &amp; escaped\r\nend"') == {"a": text}


def test_crlf_is_no_part_of_a_value() -> None:
    document = parse(b"---\r\na: x\r\nb: y\r\n---\r\nbody\r\n", LIMITS)
    assert document.fields == {"a": "x", "b": "y"}
    assert document.body == b"body\r\n"
    assert document.key_starts == {"a": 0, "b": 6}


@pytest.mark.parametrize(
    ("yaml", "reason", "line"),
    [
        ("a: 1\na: 2", Reason.YAML_DUPLICATE_KEY, 3),
        ("a:\n  b: 1\n  c: 1\n  b: 2", Reason.YAML_DUPLICATE_KEY, 5),
        ('a: 1\n"a": 2', Reason.YAML_DUPLICATE_KEY, 3),
        ("a: !!str 1", Reason.YAML_TAG, 2),
        ("a: !x 1", Reason.YAML_TAG, 2),
        ("a: ! 1", Reason.YAML_TAG, 2),
        ("a: !!python/object/apply:os.system [x]", Reason.YAML_TAG, 2),
        ("x: 1\na: !!map {}", Reason.YAML_TAG, 3),
        ("a: &b 1", Reason.YAML_ANCHOR, 2),
        ("a: &b []", Reason.YAML_ANCHOR, 2),
        ("a: *b", Reason.YAML_ANCHOR, 2),
        ("a: {<<: {b: 1}}", Reason.YAML_MERGE_KEY, 2),
        ("1: a", Reason.YAML_KEY_NOT_STRING, 2),
        ("true: a", Reason.YAML_KEY_NOT_STRING, 2),
        ("~: a", Reason.YAML_KEY_NOT_STRING, 2),
        ("[a]: b", Reason.YAML_KEY_NOT_STRING, 2),
        ("? {a: b}\n: c", Reason.YAML_KEY_NOT_STRING, 2),
        ("a: 9007199254740992", Reason.YAML_NUMBER_RANGE, 2),
        ('b: 1\na: "\\0"', Reason.YAML_NUL, 3),
        ('"\\0": 1', Reason.YAML_NUL, 2),
        ("a: b\n--- c", Reason.YAML_SECOND_DOCUMENT, 3),
        ("a: b\n...\nc: d", Reason.YAML_SYNTAX, None),
        ("%YAML 1.2", Reason.YAML_SYNTAX, None),
        ("a: [", Reason.YAML_SYNTAX, None),
        ("a: 'b", Reason.YAML_SYNTAX, None),
        ("a: \tb: c", Reason.YAML_SYNTAX, None),
        ('a: "\\ud800"', Reason.YAML_SYNTAX, 2),
        ("\x01", Reason.YAML_SYNTAX, None),
        ("- a", Reason.FRONT_MATTER_NOT_MAPPING, 2),
        ("text", Reason.FRONT_MATTER_NOT_MAPPING, 2),
        ("", Reason.FRONT_MATTER_NOT_MAPPING, 2),
    ],
)
def test_what_the_format_excludes_is_refused_where_it_stands(
    yaml: str, reason: Reason, line: int | None
) -> None:
    code, found = refused(yaml)
    assert code is reason
    if line is not None:
        assert found == line


def test_lines_are_counted_as_editors_count_them() -> None:
    assert refused('a: "x\u2028y\u0085z"\nb: 1\nb: 2') == (Reason.YAML_DUPLICATE_KEY, 4)
    assert refused('a: "x\u2028y"\nb: [') == (Reason.YAML_SYNTAX, 4)


@pytest.mark.parametrize(("data", "line"), [(b"---\na: \xff\n---\n", 2), (b"---\n---\nx\n\xff", 4)])
def test_bytes_that_are_not_utf8_are_refused_in_front_matter_and_body(
    data: bytes, line: int
) -> None:
    assert refused(data) == (Reason.NOT_UTF8, line)


@pytest.mark.parametrize("unit", ["[", "{a: ", "- ", "[[", "? ", "{? "], ids=repr)
def test_a_hundred_thousand_levels_are_refused_without_recursion(unit: str) -> None:
    yaml = "a: " + unit * 100_000 if unit[0] in "[{" else unit * 100_000
    assert refused(yaml)[0] in {
        Reason.YAML_TOO_DEEP,
        Reason.YAML_SYNTAX,
        Reason.YAML_KEY_NOT_STRING,
    }


def test_depth_and_nodes_are_bounded_exactly() -> None:
    limits = Limits(depth=3, nodes=5)
    assert parse(b"---\na: [[1]]\n---\n", limits).fields == {"a": [[1]]}
    assert refused("a: [[[1]]]", limits) == (Reason.YAML_TOO_DEEP, 2)
    assert refused("a: [1, 2, 3]", limits) == (Reason.YAML_TOO_MANY_NODES, 2)


def test_a_billion_laughs_do_not_begin() -> None:
    yaml = "a: &a [x, x]\n" + "\n".join(f"b{n}: [*a, *a]" for n in range(9))
    assert refused(yaml) == (Reason.YAML_ANCHOR, 2)


def test_the_size_of_a_file_is_bounded() -> None:
    data = b"---\na: 1\n---\n"
    assert parse(data, Limits(file_bytes=len(data))).fields == {"a": 1}
    assert refused(data, Limits(file_bytes=len(data) - 1))[0] is Reason.FILE_TOO_LARGE


@pytest.mark.parametrize("data", [b"---\n\xef\xbb\xbfa: 1\n---\n", b"---\n\xef\xbb\xbf---\n---\n"])
def test_a_byte_order_mark_behind_the_fence_is_not_skipped(data: bytes) -> None:
    assert refused(data) == (Reason.YAML_SYNTAX, 2)


@fuzz
@given(st.binary(max_size=2000))
def test_arbitrary_bytes_raise_nothing_but_our_error(data: bytes) -> None:
    for content in (data, b"---\n" + data + b"\n---\n"):
        with suppress(FrontMatterError):
            parse(content, LIMITS)
        with suppress(FrontMatterError):
            parse_data(content, LIMITS)


YAMLISH = st.text(st.sampled_from("-:[]{}&*!|>%?,#'\"\\ \n\tab1.~<=\r\u2028"), max_size=200)


@fuzz
@given(YAMLISH)
def test_text_that_looks_like_yaml_raises_nothing_but_our_error(text: str) -> None:
    with suppress(FrontMatterError):
        parse(f"---\n{text}\n---\n".encode(), LIMITS)
    with suppress(FrontMatterError):
        parse_data(text.encode(), LIMITS)


def data_refused(data: bytes, limits: Limits = LIMITS) -> tuple[Reason, int | None]:
    with pytest.raises(FrontMatterError) as caught:
        parse_data(data, limits)
    return caught.value.code, caught.value.line


@pytest.mark.parametrize(
    "data",
    [
        b"a: 1\nb: [x]\n",
        b"a: 1\nb: [x]",
        b"---\na: 1\nb: [x]\n",
        b"a: 1\nb: [x]\n---",
        b"---\r\na: 1\r\nb: [x]\r\n---\r\n\r\n",
        b"\n# about\n\na: 1\nb:\n- x # last",
    ],
)
def test_a_data_file_is_read_with_or_without_fences_and_has_no_body(data: bytes) -> None:
    document = parse_data(data, LIMITS)
    assert document.fields == {"a": 1, "b": ["x"]}
    assert document.body == b""
    assert document.sections.yaml[document.key_starts["b"] :].startswith(b"b:")


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"a: 1\na: 2", Reason.YAML_DUPLICATE_KEY, 2),
        (b"---\na: 1\na: 2", Reason.YAML_DUPLICATE_KEY, 3),
        (b"a: 1\r\nb: 1\r\na: 2\r\n---", Reason.YAML_DUPLICATE_KEY, 3),
        (b"a: 1\nb: [", Reason.YAML_SYNTAX, 2),
        (b"a: 1\nb: \x01", Reason.YAML_SYNTAX, 2),
        (b"a: 1\nb: \xff\n", Reason.NOT_UTF8, 2),
        (b"---\na: 1\nb: \xff\n", Reason.NOT_UTF8, 3),
        (b"\xef\xbb\xbfa: 1\n", Reason.YAML_SYNTAX, 1),
        (b"a: 1\n--- b", Reason.YAML_SECOND_DOCUMENT, 2),
        (b"a: 1\n---\nb: 1", Reason.YAML_SECOND_DOCUMENT, 3),
        (b"a: 1\nb: !x 1", Reason.YAML_TAG, 2),
        (b"- a\n", Reason.FRONT_MATTER_NOT_MAPPING, 1),
        (b"# only a comment\n", Reason.FRONT_MATTER_NOT_MAPPING, 1),
        (b"---\ntext", Reason.FRONT_MATTER_NOT_MAPPING, 2),
        (b"---\n---\n", Reason.FRONT_MATTER_NOT_MAPPING, 2),
        (b"", Reason.FILE_INCOMPLETE, 1),
    ],
)
def test_a_data_file_is_refused_on_the_line_where_it_is_wrong(
    data: bytes, reason: Reason, line: int
) -> None:
    assert data_refused(data) == (reason, line)


def test_a_data_file_has_the_limits_of_every_record() -> None:
    assert data_refused(b"a: 1", Limits(file_bytes=3))[0] is Reason.FILE_TOO_LARGE
    assert data_refused(b"a: [[1]]", Limits(depth=2)) == (Reason.YAML_TOO_DEEP, 1)
    assert data_refused(b"a: [1, 2]", Limits(nodes=3)) == (Reason.YAML_TOO_MANY_NODES, 1)


@fuzz
@given(YAMLISH, st.booleans(), st.booleans())
def test_fences_around_a_data_file_change_nothing(text: str, first: bool, last: bool) -> None:
    """What is read as it stands is read alike in fences, but for the lines of its errors."""
    yaml = f"x: 1\n{text}\n".encode()
    fenced = b"---\n" * first + yaml + b"---\n" * last
    try:
        plain = parse_data(yaml, LIMITS).fields
    except FrontMatterError:
        return
    # A text with a fence of its own ends there.
    if b"\n---" not in yaml:
        assert parse_data(fenced, LIMITS).fields == plain
