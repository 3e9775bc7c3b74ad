"""The demo corpus shows what it promises, and the received article is what was received."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from gateway.corpus.claim import claim_file
from gateway.corpus.layout import record_paths
from gateway.errors import Reason
from gateway.frontmatter.limits import Limits
from gateway.live import unix_time
from gateway.records.article import Article
from gateway.settings import Settings
from gateway.trust.directory import read_trust
from gateway.verdict.admitted import Admitted
from gateway.verdict.status import Status
from gateway.verdict.verdict import Verdict, Verified
from gateway.verdict.verify import verify
from tests.support.client import serving

ROOT = Path(__file__).parents[2]
RECEIVED = "2021-05-21-ai-in-healthcare-the-tech-is-here-the-users-are-not.md"
FIXTURES = ROOT / "tests/fixtures"


def judge(root: Path, path: str) -> Verdict:
    raw = claim_file("demo", root, path, Limits())
    return verify(raw, read_trust(ROOT / "keys"), unix_time())


def test_all_seeds_but_the_one_past_its_keys_validity_are_verified() -> None:
    verdicts = [judge(ROOT / "seeds", path) for path in record_paths(ROOT / "seeds")]
    assert Counter(verdict.status for verdict in verdicts) == {
        Status.VERIFIED: 35,
        Status.EXPIRED: 1,
    }


def test_the_seeds_are_articles_that_link_to_each_other() -> None:
    articles = []
    for path in record_paths(ROOT / "seeds"):
        if not path.startswith("_news/"):
            continue
        verdict = judge(ROOT / "seeds", path)
        assert verdict.raw is not None
        if isinstance(verdict, Verified):
            model = Admitted(verdict).model
            assert isinstance(model, Article)
            articles.append(model)
    urls = {url for article in articles for url in article.urls}
    links = [item.web_url for article in articles for item in article.related]
    assert sum(link in urls for link in links) >= 20
    assert sum(article.is_draft for article in articles) == 1


def test_the_received_article_is_unverifiable_and_withheld(tmp_path: Path) -> None:
    verdict = judge(FIXTURES, RECEIVED)
    assert (verdict.status, verdict.reason) == (Status.UNVERIFIABLE, Reason.LEGACY_NO_KEY)
    (tmp_path / "seeds/_news").mkdir(parents=True)
    shutil.copy(FIXTURES / RECEIVED, tmp_path / "seeds/_news")
    settings = Settings(keys=ROOT / "keys", store=f"sqlite:///{tmp_path}/store.db", watch=False)
    with serving(settings, unix_time) as client:
        query = f'{{article(path: "_news/{RECEIVED}") {{title}} articles {{totalCount}}}}'
        answer = client.post(query)
    assert answer["data"] == {"article": None, "articles": {"totalCount": 0}}
    assert answer["errors"][0]["extensions"]["status"] == "UNVERIFIABLE"


def test_the_received_article_differs_from_the_seed_in_secured_only() -> None:
    received = (FIXTURES / RECEIVED).read_text(encoding="utf-8")
    sealed = (ROOT / "seeds/_news" / RECEIVED).read_text(encoding="utf-8")
    before, _, after = received.partition("secured: ")
    legacy = after.partition("\n")[0]
    assert sealed.startswith(f"{before}secured:\n  - {legacy}\n  - ")


@pytest.mark.parametrize("folder", ["keys", "seeds", "tests", "gateway", "schema", "docs"])
def test_no_private_key_is_in_the_tree(folder: str) -> None:
    for path in (ROOT / folder).rglob("*"):
        if path.is_file() and path.suffix in {".jwk", ".pem", ".json", ".md", ".yaml"}:
            text = path.read_text(encoding="utf-8")
            assert "PRIVATE KEY" not in text, path
            assert '"priv"' not in text, path
            assert '"d":' not in text, path


def test_the_received_article_is_served_with_its_real_content(tmp_path: Path) -> None:
    query = f"""{{article(path: "_news/{RECEIVED}") {{
      title provider {{name}}
      related {{
        title provider {{name}} images {{url width}} article {{title integrity {{status}}}} }}
      integrity {{status digest}} }}}}"""
    settings = Settings(
        seeds=ROOT / "seeds",
        keys=ROOT / "keys",
        store=f"sqlite:///{tmp_path}/store.db",
        watch=False,
    )
    with serving(settings, unix_time) as client:
        article = client.data(query)["article"]
    assert article["title"] == "AI in healthcare: The tech is here, the users are not"
    assert article["provider"] == {"name": "CIO"}
    (item,) = article["related"]
    assert item["title"].startswith("How Healthcare Workflows Can Use Intelligent Automation")
    assert item["provider"] == {"name": "healthpayerintelligence.com"}
    assert [image["width"] for image in item["images"]] == [480]
    assert item["article"] is None
    assert article["integrity"]["status"] == "VERIFIED"
    assert len(article["integrity"]["digest"]) == 64
