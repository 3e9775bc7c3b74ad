"""An audit of a folder at the tests' instant."""

from __future__ import annotations

from collections.abc import Callable

from gateway.audit.bench import Bench
from gateway.audit.report import Report
from gateway.frontmatter.limits import Limits
from gateway.trust.directory import read_trust
from tests.support.folder import Folder
from tests.support.publisher import NOW

# What somebody might call a file, to be more than text in a report.
HOSTILE = "_news/<script>alert(1)<*script>|`www.evil.example`[x](y)\"'\x1b[31m\u202e\n.md"

Auditor = Callable[..., Report]


def bench_of(folder: Folder) -> Bench:
    return Bench("demo", folder.seeds, Limits(), read_trust(folder.keys), NOW)
