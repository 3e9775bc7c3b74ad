"""An audit from its parts: every file judged, the store beside them, one report."""

from __future__ import annotations

from gateway.audit.bench import Bench
from gateway.audit.comparison import compare, identity_of
from gateway.audit.report import Findings, Pace, Report
from gateway.audit.verification import Progress, Verification
from gateway.corpus.layout import record_paths
from gateway.store.seals import newest_seals
from gateway.store.store import Store


def audit(
    bench: Bench, store: Store | None, jobs: int | None = None, progress: Progress | None = None
) -> Report:
    """Judge all records of the bench's folder, and compare the store with them if there is one.

    jobs, progress: as in Verification. Of each record only what the report needs stays in memory,
    and with a store the 32 bytes by which its row is recognised. Raises SealgateError when the
    folder cannot be listed, and StoreError.
    """
    guarded = store is not None and bench.trust.policy.refuse_replays
    findings = Findings(newest_seals(store, bench.corpus) if store and guarded else {})
    files: dict[str, bytes] = {}
    verification = Verification(bench, record_paths(bench.root), jobs, progress)
    for judgement in verification:
        findings.add(judgement)
        if store is not None:
            files[judgement.path] = identity_of(judgement)
    compared = None if store is None else compare(store, bench.corpus, files)
    pace = Pace(verification.jobs, verification.seconds, verification.records_per_second)
    return findings.report(bench.corpus, bench.now, bench.trust, compared, pace)
