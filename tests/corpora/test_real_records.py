"""Real records, where the folder with them exists: see CONTRIBUTING.md. None is committed."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from gateway.corpus.claim import claim_file
from gateway.corpus.layout import record_paths
from gateway.errors import Reason, SealgateError
from gateway.frontmatter.limits import Limits
from gateway.records.article import read_article
from gateway.verdict.status import Status
from gateway.verdict.verdict import Rejected, Verified
from gateway.verdict.verify import verify
from tests.support.client import serving
from tests.support.folder import Folder
from tests.support.publisher import NOW, trust_in

CORPORA = Path(
    os.environ.get("SEALGATE_TEST_CORPORA", Path(__file__).parents[3] / "shared" / "corpus")
)

pytestmark = pytest.mark.skipif(
    not CORPORA.is_dir(), reason=f"NOT TESTED ON REAL RECORDS: no folder {CORPORA}"
)


@pytest.mark.parametrize(("name", "count"), [("ai/_news", 30), ("power-apps/_news", 192)])
def test_every_news_record_is_read_and_modelled(name: str, count: int) -> None:
    paths = record_paths(CORPORA / name)
    assert len(paths) == count
    for path in paths:
        raw = claim_file("real", CORPORA / name, path, Limits())
        verdict = verify(raw, trust_in(), NOW)
        assert isinstance(verdict, Rejected)
        assert (verdict.status, verdict.reason) == (Status.UNVERIFIABLE, Reason.LEGACY_NO_KEY)


def test_other_kinds_are_reported_as_such(folder: Folder) -> None:
    shutil.copytree(CORPORA / "power-apps", folder.seeds, dirs_exist_ok=True)
    trust = trust_in(folder.publisher.public())
    found: Counter[str] = Counter()
    for path in record_paths(folder.seeds):
        folder.seal(path)
        verdict = verify(claim_file("demo", folder.seeds, path, Limits()), trust, NOW)
        assert isinstance(verdict, Verified)
        try:
            read_article(verdict.decode().record)
            found["article"] += 1
        except SealgateError as error:
            found[error.code] += 1
    assert found["article"] == 192
    assert set(found) == {"article", Reason.KIND_NOT_MODELLED}


def test_sealed_news_is_served_to_the_last_published_record(folder: Folder) -> None:
    shutil.copytree(CORPORA / "power-apps/_news", folder.seeds / "_news")
    for path in record_paths(folder.seeds):
        folder.seal(path)
    with serving(folder.settings) as client:
        page = client.data("{articles(first: 100) {totalCount edges {node {title webUrl}}}}")
    assert page["articles"]["totalCount"] == 132
    assert len(page["articles"]["edges"]) == 100
