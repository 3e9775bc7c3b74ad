"""The alerts of deploy/: their PromQL parses, asks for what there is, and fires when it should."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from tests.support.client import serving
from tests.support.folder import Folder
from tests.support.scrape import open_to_all, read_text

ROOT = Path(__file__).parents[2]
RULES = ROOT / "deploy/prometheus-alerts.yaml"


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("NOT TRIED WITH PROMETHEUS: promtool is not installed")
    return found


def test_every_expression_parses_and_compares() -> None:
    for rule in rules():
        found = promql_parser.parse(rule["expr"])
        assert isinstance(found, promql_parser.BinaryExpr), rule["alert"]


def test_alerts_ask_for_metrics_that_there_are(folder: Folder) -> None:
    folder.add("_news/a.md")
    with serving(open_to_all(folder)) as client:
        client.post("{ __typename }")
        families = list(read_text(client.http.get("/metrics").text))
    types = {family.name: family.type for family in families}
    suffixes = {"counter": "_total", "histogram": "_bucket", "gauge": ""}
    names = {name.removesuffix("_total") + suffixes.get(kind, "") for name, kind in types.items()}
    for rule in rules():
        asked = set(re.findall(r"\bsealgate_[a-z_]+", rule["expr"]))
        assert asked <= names, rule["alert"]


def test_the_page_explains_every_alert_once() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(Sealgate\w+)`", page, re.MULTILINE) == sorted(
        (rule["alert"] for rule in rules()),
        key=lambda name: page.index(f"| `{name}`"),
    )


def test_prometheus_takes_the_rules() -> None:
    done = subprocess.run(
        [promtool(), "check", "rules", str(RULES)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_fire_when_they_should(tmp_path: Path) -> None:
    shutil.copy(RULES, tmp_path)
    shutil.copy(Path(__file__).with_name("alerts.test.yaml"), tmp_path)
    done = subprocess.run(
        [promtool(), "test", "rules", "alerts.test.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
