"""Real records, where the folder with them exists: see CONTRIBUTING.md. None is committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.corpus.claim import claim_file
from gateway.corpus.layout import record_paths
from gateway.errors import Reason
from gateway.frontmatter.limits import Limits
from gateway.verdict.status import Status
from gateway.verdict.verdict import Rejected
from gateway.verdict.verify import verify
from tests.support.publisher import NOW, trust_in


@pytest.mark.parametrize(("name", "count"), [("ai/_news", 30), ("power-apps/_news", 192)])
def test_every_news_record_is_read_and_unverifiable(corpora: Path, name: str, count: int) -> None:
    paths = record_paths(corpora / name)
    assert len(paths) == count
    for path in paths:
        raw = claim_file("real", corpora / name, path, Limits())
        verdict = verify(raw, trust_in(), NOW)
        assert isinstance(verdict, Rejected)
        assert (verdict.status, verdict.reason) == (Status.UNVERIFIABLE, Reason.LEGACY_NO_KEY)
