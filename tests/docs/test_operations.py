"""docs/operations.md names every setting, metric and trouble that there is, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway.errors import Reason
from gateway.settings import Settings
from tests.support.client import serving
from tests.support.folder import Folder
from tests.support.scrape import open_to_all, read_text

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/operations.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def rows(title: str) -> list[list[str]]:
    """The cells of the tables of a section, without their heads."""
    lines = [line for line in section(title).splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def codes(cell: str) -> list[str]:
    return re.findall(r"`([A-Za-z_]+)`", cell)


def test_every_setting_is_listed_with_its_default_and_its_description() -> None:
    listed = {codes(row[0])[0]: row[1:] for row in rows("Settings")}
    assert list(listed) == list(Settings.model_fields)
    for name, (default, text) in listed.items():
        found = json.loads(Settings().model_dump_json(include={name}))[name]
        assert default == ("" if found is None else f"`{json.dumps(found)}`"), name
        assert text.rstrip(" |") == Settings.model_fields[name].description


def test_every_metric_is_listed_with_its_labels(folder: Folder) -> None:
    folder.write("_news/b.md")
    folder.add("_news/a.md")
    with serving(open_to_all(folder)) as client:
        for name in ("a", "b"):
            client.post(f'{{ article(path: "_news/{name}.md") {{ title }} }}')
        client.post("{ __schema { types { name } } }")
        client.http.put("/graphql")
        (folder.keys / "k1.jwk").write_text("{", encoding="utf-8")
        client.gateway.live.take_up_trust()
        families = list(read_text(client.http.get("/metrics").text))
    found = {
        family.name + ("_total" if family.type == "counter" else ""): {
            label for sample in family.samples for label in sample.labels
        }
        - {"worker", "le"}
        for family in families
        if family.name.startswith("sealgate_")
    }
    listed = {codes(row[0])[0]: set(codes(row[1])) for row in rows("Metrics")}
    assert listed == found


SOURCES = [
    *(ROOT / "gateway").rglob("*.py"),
]


def test_every_part_that_may_be_in_trouble_is_listed() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    parts = set(re.findall(r'health\.trouble\(f?"([a-z]+)', text))
    parts |= set(re.findall(r'_reporting\("([a-z]+)"', text))
    parts |= set(re.findall(r'^_PART = "([a-z]+)"', text, re.MULTILINE))
    listed = {part for row in rows("Reasons in `/readyz`") for part in codes(row[0])}
    assert listed == parts
    assert "any |" in section("Reasons in `/readyz`")


# Where the reasons of /readyz are raised, and what is raised there for other purposes.
RAISING = (
    "access/key_file.py",
    "access/jwks.py",
    "trust/",
    "keys/",
    "store/",
    "corpus/layout.py",
    "frontmatter/source.py",
    "live.py",
)
RAISING_TOO = ("renewal.py", "crew.py", "observe/trail.py")
NOT_THERE = {
    Reason.CANONICAL_UNREADABLE: "withholds a record",
    Reason.SETTINGS: "ends the process at its start",
}


def test_every_reason_that_may_stand_there_is_listed() -> None:
    raising = [
        path
        for path in SOURCES
        if path.relative_to(ROOT / "gateway").as_posix().startswith(RAISING + RAISING_TOO)
    ]
    text = "".join(path.read_text(encoding="utf-8") for path in raising)
    found = set(re.findall(r"\bReason\.([A-Z][A-Z_]+)", text)) - {str(code) for code in NOT_THERE}
    body = section("Reasons in `/readyz`")
    listed = {code for row in body.splitlines() if "|" in row for code in codes(row.split("|")[2])}
    assert listed == found


@pytest.mark.parametrize("event", ["started", "trust_changed", "withheld_access", "row_changed"])
def test_every_event_of_the_trail_is_listed(event: str) -> None:
    source = (ROOT / "gateway/observe/trail.py").read_text(encoding="utf-8")
    listed = {codes(row[0])[0] for row in rows("Audit trail")}
    assert event in listed
    assert listed == set(re.findall(r'"event": "([a-z_]+)"', source))
