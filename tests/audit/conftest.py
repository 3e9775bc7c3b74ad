"""A corpus in which everything has gone wrong once, and its audit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from gateway.audit.audit import audit
from gateway.audit.report import Report
from gateway.store.ingest import ingest
from gateway.store.store import Store
from tests.support.auditor import Auditor, bench_of
from tests.support.folder import Folder, replace_in
from tests.support.publisher import NOW, YEAR, Publisher
from tests.support.site import ORGANIZATION, VIDEO, add_record


@pytest.fixture
def store(folder: Folder) -> Iterator[Store]:
    with closing(Store.open(folder.settings.store)) as store:
        yield store


@pytest.fixture
def auditor(folder: Folder) -> Auditor:
    """Audits the folder as it is now, with a store if it is given one."""

    def run(store: Store | None = None, jobs: int = 1) -> Report:
        return audit(bench_of(folder), store, jobs)

    return run


@pytest.fixture
def ingested(folder: Folder, store: Store) -> Store:
    """Three sealed records, and the store as an ingest leaves it."""
    for name in ("a", "b", "c"):
        folder.add(f"_news/{name}.md", title=f"Title {name}")
    ingest(folder.source, store, NOW)
    return store


@pytest.fixture
def troubled(folder: Folder) -> Folder:
    """Proven records of three kinds, and one for every other status."""
    second = Publisher("second", alg="ES256")
    second.write_public(folder.keys)
    expired = Publisher("expired")
    expired.write_public(folder.keys, nbf=NOW - 2 * YEAR, exp=NOW - YEAR)
    revoked = Publisher("revoked")
    revoked.write_public(folder.keys, revoked={"revoked_at": NOW, "reason": "laptop was lost"})
    folder.add("_news/a.md")
    folder.add("_news/both.md", provider={"name": "Other News", "domain": "other.example"})
    folder.seal("_news/both.md", second)
    add_record(folder, "_learning/videos/rows.md", **VIDEO)
    add_record(folder, "_data/organizations/learn.md", **ORGANIZATION)
    add_record(folder, "_other/thing.md", type="recipe", title="Soup")
    add_record(folder, "_other/bad.md", type="video", title=7)
    replace_in(folder.add("_news/tampered.md"), "quality: 80", "quality: 81")
    folder.write("_news/unsealed.md")
    folder.write("_news/old.md")
    folder.seal("_news/old.md", expired, NOW - YEAR - 1)
    folder.write("_news/lost.md")
    folder.seal("_news/lost.md", revoked, NOW - 1)
    folder.write("_news/strange.md")
    folder.seal("_news/strange.md", Publisher("stranger"))
    (folder.seeds / "_news/broken.md").write_text("---\na: 1\na: 2\n---\n")
    (folder.seeds / "_news/link.md").symlink_to("a.md")
    (folder.seeds / "_news/secret.md").write_text(
        '---\nsecured: "AAAAAAAAAAAAAAAAAAAAAA==;AAAAAAAAAAAAAAAAAAAAAA=="\n---\n'
    )
    return folder
