"""A report as JSON, for scripts. docs/audit.md lists the members."""

from __future__ import annotations

from typing import Any

import orjson

from gateway.audit.comparison import Comparison
from gateway.audit.report import KeyLine, Report
from gateway.records.instant import show_instant


def to_json(report: Report) -> bytes:
    """One indented document in UTF-8, with a line end."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(document(report), option=options)


def document(report: Report) -> dict[str, Any]:
    """The same as a value. Instants are RFC 3339 in UTC, or null; lists have a fixed order."""
    return {
        "corpus": report.corpus,
        "instant": show_instant(report.instant),
        "clean": report.is_clean,
        "records": report.records,
        "policy": _policy(report),
        "keys": [_key(key) for key in report.keys],
        "statuses": {str(status): count for status, count in report.statuses.items()},
        "reasons": {str(reason): count for reason, count in report.reasons.items()},
        "kinds": [{"kind": kind, "records": count} for kind, count in report.kinds.items()],
        "publishers": [
            {
                "name": None if publisher is None else publisher.name,
                "domain": None if publisher is None else publisher.domain,
                "records": count,
            }
            for publisher, count in report.publishers.items()
        ],
        "withheld": [
            {
                "path": withheld.path,
                "status": str(withheld.status),
                "reason": str(withheld.reason),
                "detail": withheld.detail,
            }
            for withheld in report.withheld
        ],
        "store": None if report.store is None else _store(report.store),
        "jobs": report.pace.jobs,
        "seconds": round(report.pace.seconds, 3),
        "recordsPerSecond": round(report.pace.records_per_second, 1),
    }


def _policy(report: Report) -> dict[str, Any]:
    needed = report.requirement
    publishers = needed.publishers
    return {
        "mode": str(report.policy.mode),
        "threshold": needed.threshold,
        "postQuantum": needed.post_quantum,
        "classical": needed.classical,
        "publishers": None if publishers is None else sorted(publishers),
        "maxAge": needed.max_age,
        "refuseReplays": report.policy.refuse_replays,
        "rootExpires": _instant(report.root_expires),
    }


def _key(key: KeyLine) -> dict[str, Any]:
    return {
        "kid": key.kid,
        "alg": key.algorithm,
        "state": key.state,
        "notBefore": _instant(key.not_before),
        "notAfter": _instant(key.not_after),
        "corpora": key.corpora,
        "remark": key.remark,
        "records": key.records,
    }


def _store(comparison: Comparison) -> dict[str, Any]:
    return {
        "snapshot": comparison.snapshot,
        "rows": comparison.rows,
        "differences": [
            {"path": difference.path, "disagreement": str(difference.disagreement)}
            for difference in comparison.differences
        ],
    }


def _instant(seconds: int | None) -> str | None:
    return None if seconds is None else show_instant(seconds)
