"""All records are judged, in order, whoever does it."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from typing import Any

import pytest

from gateway.audit.bench import Bench
from gateway.audit.verification import Verification
from gateway.corpus.layout import record_paths
from gateway.errors import Reason, SealgateError
from gateway.trust.directory import read_trust
from gateway.trust.policy import Policy, Requirement
from gateway.verdict.status import Status
from tests.support.auditor import bench_of
from tests.support.folder import Folder
from tests.support.publisher import NOW, YEAR, Publisher


def test_several_processes_judge_as_one_does(troubled: Folder) -> None:
    for number in range(300):
        (troubled.seeds / f"_news/{number:03}.md").write_text("---\na: 1\n---\n")
    bench, paths = bench_of(troubled), record_paths(troubled.seeds)
    alone = list(Verification(bench, paths, 1))
    assert list(Verification(bench, paths, 2)) == alone
    assert [judgement.path for judgement in alone] == paths


def test_progress_and_pace_are_told(troubled: Folder) -> None:
    told: list[tuple[int, int]] = []
    paths = record_paths(troubled.seeds)
    verification = Verification(
        bench_of(troubled), paths, 1, lambda done, total: told.append((done, total))
    )
    assert verification.records_per_second == 0
    list(verification)
    assert told == [(number, len(paths)) for number in range(1, len(paths) + 1)]
    assert verification.seconds > 0
    assert verification.records_per_second == len(paths) / verification.seconds


def test_few_files_are_judged_without_another_process(folder: Folder) -> None:
    assert Verification(bench_of(folder), ["_news/a.md"] * 1999).jobs == 1
    assert Verification(bench_of(folder), ["_news/a.md"], 3).jobs == 3


def test_no_records_are_no_trouble(folder: Folder) -> None:
    for jobs in (1, 2):
        verification = Verification(bench_of(folder), [], jobs)
        assert list(verification) == []
        assert verification.records_per_second == 0


def test_a_judgement_has_what_is_proven_and_nothing_of_what_is_not(folder: Folder) -> None:
    folder.add("_news/a.md")
    folder.write("_news/b.md")
    proven, unproven = Verification(bench_of(folder), ["_news/a.md", "_news/b.md"], 1)
    assert (proven.status, proven.digest) == (Status.VERIFIED, folder.digest("_news/a.md"))
    assert proven.shape is not None
    assert proven.shape.kind == "article"
    assert proven.shape.publisher is not None
    assert proven.shape.publisher.name == "Example News"
    assert proven.sealed_at == NOW
    assert (unproven.status, unproven.shape, unproven.sealed_at) == (Status.MISSING, None, 0)


@pytest.mark.parametrize("alg", ["Ed25519", "ES256", "ML-DSA-65", "ML-DSA-44"])
def test_a_bench_is_the_same_in_another_process(folder: Folder, alg: str) -> None:
    Publisher("other", alg=alg).write_public(folder.keys, nbf=NOW, exp=NOW + YEAR)
    lost = Publisher("lost", alg=alg, corpora=())
    lost.write_public(folder.keys, revoked={"revoked_at": 5, "reason": "lost"})
    trust = read_trust(folder.keys)
    policy = Policy(corpora={"demo": Requirement(2, publishers=frozenset({"a", "b"}))})
    bench = replace(bench_of(folder), trust=replace(trust, policy=policy, legacy_key=b"k" * 16))
    copy = pickle.loads(pickle.dumps(bench))
    assert isinstance(copy, Bench)
    assert copy.trust == bench.trust
    assert copy.trust.digest == bench.trust.digest
    assert replace(copy, trust=bench.trust) == bench


class Fatal(Bench):
    """Ends the process that it is handed to."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (3,)


def test_a_process_that_dies_is_an_error_and_no_shorter_report(folder: Folder) -> None:
    bench = bench_of(folder)
    fatal = Fatal(bench.corpus, bench.root, bench.limits, bench.trust, bench.now)
    with pytest.raises(SealgateError) as caught:
        list(Verification(fatal, ["_news/a.md"] * 1000, 2))
    assert caught.value.code is Reason.INTERNAL
    assert caught.value.hint


def test_names_that_are_not_utf8_are_told_from_any_process(folder: Folder) -> None:
    (folder.seeds / "_news").mkdir()
    path = "_news/\udcff.md"
    for jobs in (1, 2):
        (judgement,) = Verification(bench_of(folder), [path], jobs)
        assert (judgement.path, str(judgement.reason)) == ("_news/\\xff.md", "PATH_UNUSABLE")
