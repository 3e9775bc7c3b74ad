"""One report in JSON, Markdown and HTML: the same content, and none of it becomes markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from gateway.audit.comparison import Comparison, Difference, Disagreement
from gateway.audit.html_form import CONTENT_SECURITY_POLICY, to_html
from gateway.audit.json_form import document, to_json
from gateway.audit.judgement import Publisher
from gateway.audit.markdown_form import escape, to_markdown
from gateway.audit.report import Report, Withheld
from gateway.errors import Reason
from gateway.trust.policy import Mode, Policy
from gateway.verdict.status import Status
from tests.support.auditor import HOSTILE, Auditor
from tests.support.folder import Folder

ROOT = Path(__file__).parents[2]
_VOID = {"meta", "br", "hr", "img", "input", "link"}


@pytest.fixture
def report(troubled: Folder, auditor: Auditor) -> Report:
    return auditor()


@pytest.fixture
def hostile(report: Report) -> Report:
    """The same with names that try to be markup, wherever a name comes from outside."""
    withheld = Withheld(HOSTILE, Status.INVALID, Reason.SIGNATURE_INVALID, HOSTILE)
    return replace(
        report,
        corpus=HOSTILE,
        publishers={Publisher(HOSTILE, HOSTILE): 3},
        keys=tuple(replace(key, kid=HOSTILE, remark=HOSTILE) for key in report.keys),
        withheld=(withheld,),
        store=Comparison(3, 4, (Difference(HOSTILE, Disagreement.CHANGED),)),
    )


class Page(HTMLParser):
    """Reads a page strictly: every element that opens must close, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.cells: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "tr":
            self.cells.append([])
        if tag in {"td", "th"}:
            self.cells[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"td", "th"}:
            self.cells[-1][-1] += data


def sections(markdown: bytes) -> dict[str, list[list[str]]]:
    """The rows of each table of a Markdown report, without its head, read back."""
    found: dict[str, list[list[str]]] = {}
    title = ""
    for line in markdown.decode().splitlines():
        if line.startswith("## "):
            title = line[3:]
            found[title] = []
        elif line.startswith("| ") and "---" not in line:
            cells = re.split(r"(?<!\\) \| ", line[2:-2])
            found[title].append([re.sub(r"\\(.)", r"\1", cell) for cell in cells])
    return {title: rows[1:] for title, rows in found.items()}


def test_json_and_markdown_say_the_same(report: Report) -> None:
    values: dict[str, Any] = json.loads(to_json(report))
    tables = sections(to_markdown(report))
    facts = dict(tables["Audit"])
    assert (facts["Corpus"], facts["Instant"]) == (values["corpus"], values["instant"])
    assert facts["Mode"] == values["policy"]["mode"]
    assert dict(tables["Records by status"]) == {k: str(v) for k, v in values["statuses"].items()}
    assert dict(tables["Records by reason"]) == {k: str(v) for k, v in values["reasons"].items()}
    assert dict(tables["Proven records by key"]) == {
        key["kid"]: str(key["records"]) for key in values["keys"]
    }
    assert sorted(dict(tables["Proven records by publisher"]).values()) == sorted(
        str(publisher["records"]) for publisher in values["publishers"]
    )
    assert tables["Withheld records"] == [
        [item["path"], item["status"], item["reason"], item["detail"]]
        for item in values["withheld"]
    ]


def test_html_has_the_cells_that_markdown_has(report: Report) -> None:
    text = to_html(report).decode()
    tables = sections(to_markdown(report))
    for status, count in tables.pop("Records by status"):
        assert f"{status} <b>{count}</b>" in text
    cells = Page(text).cells
    for rows in tables.values():
        for row in rows:
            assert row in cells


def test_the_members_of_the_json_are_those_that_are_documented(report: Report) -> None:
    values = document(
        replace(report, store=Comparison(1, 1, (Difference("a", Disagreement.CHANGED),)))
    )
    page = (ROOT / "docs/audit.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `([a-zA-Z.]*[a-z][a-zA-Z.]*)`", page, re.MULTILINE)
    members = set(values)
    for name in ("policy", "store"):
        members |= {f"{name}.{member}" for member in values[name]}
    for name in ("keys", "kinds", "publishers", "withheld"):
        members |= {f"{name}.{member}" for member in values[name][0]}
    members |= {f"store.differences.{member}" for member in values["store"]["differences"][0]}
    assert sorted(named) == sorted(members)
    assert re.findall(r"^\| `([A-Z_]+)`", page, re.MULTILINE) == list(Disagreement)


def test_json_has_names_as_they_are(hostile: Report) -> None:
    assert json.loads(to_json(hostile))["withheld"][0]["path"] == HOSTILE


def test_html_is_well_formed_and_loads_and_runs_nothing(report: Report) -> None:
    text = to_html(report).decode()
    page = Page(text)
    assert "<script" not in text
    assert "://" not in text
    names = {name for _, attributes in page.tags for name in attributes}
    assert names.isdisjoint({"src", "href", "style", "srcset", "action", "xlink:href"})
    assert not any(name.startswith("on") for name in names)
    assert "url(" not in text.replace('url(#statuses-c)"', "")


def test_no_name_becomes_markup_in_html(report: Report, hostile: Report) -> None:
    text = to_html(hostile).decode()
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    before = {tag for tag, _ in Page(to_html(report).decode()).tags}
    assert {tag for tag, _ in Page(text).tags} <= before
    assert not any("onload" in attributes for _, attributes in Page(text).tags)


def test_the_policy_allows_one_style_and_nothing_else(report: Report) -> None:
    page = Page(to_html(report).decode())
    (policy,) = [
        attributes["content"]
        for tag, attributes in page.tags
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == CONTENT_SECURITY_POLICY
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_every_picture_is_told_in_words_or_is_decoration(report: Report) -> None:
    text = to_html(report).decode()
    idents = [attributes["id"] for _, attributes in Page(text).tags if "id" in attributes]
    assert len(idents) == len(set(idents))
    pictures = [attributes for tag, attributes in Page(text).tags if tag == "svg"]
    assert sum("aria-labelledby" in attributes for attributes in pictures) == 5
    for attributes in pictures:
        told = attributes.get("aria-labelledby")
        if told is None:
            assert attributes.get("aria-hidden") == "true"
        else:
            assert set(told.split()) <= set(idents)
    assert "UNVERIFIABLE: 1" in text


def test_no_name_becomes_markup_in_markdown(hostile: Report) -> None:
    text = to_markdown(hostile).decode()
    bare = re.sub(r"\\.", "", text)
    assert "<" not in bare
    assert "`" not in bare
    assert "[" not in bare
    assert "www." not in bare
    assert "\x1b" not in text
    rows = sections(text.encode())
    assert len(rows["Withheld records"]) == 1
    assert len(rows["Withheld records"][0]) == 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("a\nb", r"a\\nb"),
        ("_a_", r"\_a\_"),
        ("https://x.example", r"https\://x.example"),
        ("WWW.x.example", r"WWW\.x.example"),
        ("a@b.example", r"a\@b.example"),
        ("plain-name.md", "plain-name.md"),
    ],
)
def test_markdown_text_stays_text(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_a_clean_report_says_so_in_every_form(folder: Folder, auditor: Auditor) -> None:
    folder.add("_news/a.md")
    report = auditor()
    assert document(report)["clean"] is True
    assert b"1 of 1 records are VERIFIED; there is no store to compare with." in to_markdown(report)
    assert b"Clean." in to_html(report)
    assert b"100 %" in to_html(report)


def test_the_mode_report_withholds_nothing(report: Report) -> None:
    shown = replace(report, policy=Policy(mode=Mode.REPORT))
    assert b"## Withheld records" in to_markdown(report)
    assert b"## Records that enforce would withhold" in to_markdown(shown)
    assert b"<h2>Withheld records" not in to_html(shown)


def test_a_report_of_nothing_has_every_form(auditor: Auditor) -> None:
    report = auditor()
    assert document(report)["records"] == 0
    assert b"None." in to_markdown(report)
    Page(to_html(report).decode())


def test_a_single_bad_record_among_very_many_is_seen(report: Report) -> None:
    many = {Status.VERIFIED: 1_000_000, Status.INVALID: 1}
    text = to_html(replace(report, records=1_000_001, statuses=many)).decode()
    assert "99.9 %" in text
    assert "100 %" not in text
    assert "&lt; 0.1 %" in text
    widths = re.findall(r'class="bar s-INVALID" x="[\d.]+" width="([\d.]+)" height="36"', text)
    assert [float(width) >= 3 for width in widths] == [True]


def test_long_lists_are_added_up_in_the_picture_and_whole_in_the_table(report: Report) -> None:
    publishers: dict[Publisher | None, int] = {
        Publisher(f"Name {n:02}", "x.example"): 1 for n in range(20)
    }
    text = to_html(replace(report, publishers=publishers)).decode()
    assert "9 others: 9" in text
    assert ["Name 19 (x.example)", "1"] in Page(text).cells
