"""A corpus on disk, with its trust folder and its store, in a temporary place."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from gateway.corpus.claim import claim_file
from gateway.corpus.seal import seal_file
from gateway.frontmatter.limits import Limits
from gateway.settings import Settings
from gateway.store.look import Source
from tests.support.publisher import NOW, Publisher, article_fields


@dataclass
class Folder:
    base: Path
    publisher: Publisher = field(default_factory=Publisher)

    def __post_init__(self) -> None:
        self.seeds.mkdir(parents=True)
        self.publisher.write_public(self.keys)

    @property
    def seeds(self) -> Path:
        return self.base / "seeds"

    @property
    def keys(self) -> Path:
        return self.base / "keys"

    @property
    def source(self) -> Source:
        return Source("demo", self.seeds)

    @property
    def settings(self) -> Settings:
        return Settings(
            seeds=self.seeds,
            keys=self.keys,
            store=f"sqlite:///{self.base}/store.db",
            watch=False,
            # A property test is one client, and asks as fast as it can.
            rate_limit=0,
        )

    def write(self, path: str, body: str = "", **changes: object) -> Path:
        """An unsealed record file: a complete article with these changes."""
        file = self.seeds / path
        file.parent.mkdir(parents=True, exist_ok=True)
        front = yaml.safe_dump(article_fields(**changes), sort_keys=False, allow_unicode=True)
        file.write_text(f"---\n{front}---\n{body}", encoding="utf-8")
        return file

    def seal(self, path: str, publisher: Publisher | None = None, iat: int = NOW) -> None:
        key = (publisher or self.publisher).key
        seal_file("demo", self.seeds, path, key, iat, Limits())

    def add(self, path: str, body: str = "", **changes: object) -> Path:
        """A sealed record file."""
        file = self.write(path, body, **changes)
        self.seal(path)
        return file

    def digest(self, path: str) -> str:
        return claim_file("demo", self.seeds, path, Limits()).digest


def replace_in(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
