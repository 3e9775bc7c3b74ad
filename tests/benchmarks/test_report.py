"""Targets, ratios and pictures."""

from __future__ import annotations

import asyncio
from argparse import ArgumentTypeError
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from benchmarks.bench import read_options
from benchmarks.calls import count_calls
from benchmarks.contest import Stretch, Terms
from benchmarks.load import Load
from benchmarks.options import names, number
from benchmarks.plot import Panel, draw
from benchmarks.queries import Q2
from benchmarks.report import Report
from benchmarks.targets import COLD, TAIL, TARGETS, judge

SVG = "{http://www.w3.org/2000/svg}"


def stretch(requests: int, cpu: float = 1.0) -> Stretch:
    return Stretch(Load(requests, 1.0, requests * 10, 100, 300), cpu)


def report_of(ours: list[int], theirs: list[int], cold: float | None = None) -> Report:
    stretches = {
        ("Q2", "gateway"): [stretch(requests) for requests in ours],
        ("Q2", "stock"): [stretch(requests) for requests in theirs],
    }
    found = None if cold is None else {"cold_ratio": cold}
    return Report(Terms([Q2], len(ours), 1), 5000, stretches, found, {})


def test_a_ratio_is_the_median_of_the_rounds_not_of_the_rates() -> None:
    report = report_of([100, 1000, 30], [10, 1000, 10])
    assert report.ratios["Q2", "stock"] == 3.0
    assert report.ratios["Q2", TAIL] == 3.0


def test_targets_are_reached_missed_or_were_not_measured() -> None:
    verdicts = {
        (verdict.target.subject, verdict.target.peer): verdict.word
        for verdict in report_of([1300], [10], cold=14.9).verdicts
    }
    assert len(verdicts) == len(TARGETS)
    assert verdicts["Q2", "stock"] == "reached"
    assert verdicts["Q2", TAIL] == "reached"
    assert verdicts[COLD, "stock"] == "not reached"
    assert verdicts["Q1", "mercurius"] == "not measured"


def test_a_bound_from_above_is_one() -> None:
    verdict = next(v for v in judge({("Q1", TAIL): 5.1}) if v.ratio is not None)
    assert verdict.word == "not reached"
    assert verdict.document()["at_most"] == 5


def test_the_document_and_the_tables_speak_of_the_same_servers() -> None:
    report = report_of([100], [10])
    assert {entry["server"] for entry in report.document()["medians"]} == set(report.servers)
    assert report.servers == ["gateway", "stock"]
    assert len(report.tables()) == 3


def test_options_name_servers_and_queries() -> None:
    options = read_options(["--servers", "stock, precomputed", "--queries", "Q2", "--rounds", "1"])
    assert options.servers == ["stock", "precomputed"]
    assert options.queries == ["Q2"]


def test_unknown_names_and_too_small_numbers_are_refused() -> None:
    with pytest.raises(ArgumentTypeError, match="Q9 is none of Q1, Q2"):
        names(["Q1", "Q2"], "Q1,Q9")
    for text in ("0", "-1", "many", ""):
        with pytest.raises(ArgumentTypeError, match="at least 1"):
            number(1, text)


async def _three() -> None:
    def nothing() -> None:
        pass

    nothing()
    nothing()


async def _counted() -> tuple[int, int]:
    return await count_calls(_three()), await count_calls(_three())


def test_calls_are_counted() -> None:
    assert asyncio.run(_counted()) == (3, 3)


def test_a_plot_has_a_line_for_each_name_and_higher_values_are_higher() -> None:
    panel = Panel("Times <s>", [1000, 10_000], {"a & b": [0.1, 20.0], "flat": [1.0, 1.0]})
    root = ElementTree.fromstring(draw([panel, panel]))
    lines = root.findall(f".//{SVG}polyline")
    assert len(lines) == 4
    (first_x, first_y), (last_x, last_y) = (
        tuple(map(float, point.split(","))) for point in lines[0].attrib["points"].split()
    )
    assert first_x < last_x
    assert first_y > last_y
    texts = [element.text for element in root.findall(f".//{SVG}text")]
    assert {"Times <s>", "a & b", "flat", "1,000", "10,000"} <= set(texts)


def test_names_of_lines_that_end_in_one_place_stand_apart() -> None:
    panel = Panel("t", [1, 10], {"one": [1.0, 5.0], "two": [1.0, 5.0], "three": [1.0, 5.0]})
    root = ElementTree.fromstring(draw([panel]))
    texts = root.findall(f".//{SVG}text")
    places = sorted(float(t.attrib["y"]) for t in texts if t.text in {"one", "two", "three"})
    assert all(below - above >= 13 for above, below in pairwise(places))
