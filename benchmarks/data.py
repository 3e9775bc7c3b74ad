"""A sealed corpus to measure with, made once for each size and kept below `.sealgate/bench`.

The key is made for it and forgotten: only its public half is written. Beside the record files lies
`records.json`, what an answer should say of each record, for the servers that are compared.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from benchmarks import articles
from benchmarks.articles import CORPUS, Fields, article
from gateway.canonical.record import encode_record
from gateway.cli.console import progress
from gateway.corpus.seal import sign_record
from gateway.keys.algorithms import ALGORITHMS
from gateway.keys.private_key import PrivateKey, generate_private_key, parse_private_key
from schema.node import encode_id

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".sealgate" / "bench"

_DAY = 86_400
_CHUNK = 250


@dataclass(frozen=True)
class Corpus:
    """A folder with sealed records, the trust folder, and what to expect of answers."""

    base: Path
    count: int

    @property
    def seeds(self) -> Path:
        return self.base / "seeds"

    @property
    def keys(self) -> Path:
        return self.base / "keys"

    @property
    def records_file(self) -> Path:
        return self.base / "records.json"

    @cached_property
    def records(self) -> list[Fields]:
        """What GraphQL should say of each record, newest first."""
        found: list[Fields] = orjson.loads(self.records_file.read_bytes())
        return found

    def environment(self, store: Path) -> dict[str, str]:
        """Settings of a gateway over this corpus, as variables; nothing else of ours is set."""
        # Whoever runs a gateway keeps what Python compiled.
        left_out = ("SEALGATE", "PYTHONDONTWRITEBYTECODE")
        others = {name: text for name, text in os.environ.items() if not name.startswith(left_out)}
        return {
            **others,
            "PYTHONPATH": str(ROOT),
            "SEALGATE_CORPUS": CORPUS,
            "SEALGATE_SEEDS": str(self.seeds),
            "SEALGATE_KEYS": str(self.keys),
            "SEALGATE_STORE": f"sqlite:///{store}",
            "SEALGATE_LOG_LEVEL": "error",
            # The largest of the queries comes to more than one client of many should ask for.
            "SEALGATE_MAX_COST": "200000",
            # Here one client sends what otherwise thousands of them would.
            "SEALGATE_RATE_LIMIT": "0",
        }


def corpus(count: int, *, processes: int | None = None) -> Corpus:
    """The corpus of this size: the one that was made before, or a new one."""
    base = CACHE / f"{count}-{_recipe()}"
    if _is_fresh(base):
        return Corpus(base, count)
    CACHE.mkdir(parents=True, exist_ok=True)
    for outdated in CACHE.glob(f"{count}-*"):
        shutil.rmtree(outdated)
    staged = CACHE / f".{base.name}-{os.getpid()}"
    try:
        make_corpus(staged, count, processes=processes)
        staged.rename(base)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return Corpus(base, count)


def make_corpus(base: Path, count: int, *, processes: int | None = None) -> Corpus:
    """Write and seal `count` articles below `base`, on all cores, or in this process for 0."""
    made = Corpus(base, count)
    made.seeds.mkdir(parents=True)
    now = int(time.time())
    key = generate_private_key(next(a for a in ALGORITHMS if a.name == "Ed25519"), "bench")
    _write_public(made.keys, key, now)
    sealed = _sealed(made, key, now, os.cpu_count() if processes is None else processes)
    # A million of them do not fit into memory at once.
    with progress(f"Sealing {count} articles") as report, made.records_file.open("wb") as file:
        for number, some in enumerate(sealed):
            file.write((b"," if number else b"[") + some)
            report(min((number + 1) * _CHUNK, count), count)
        file.write(b"]")
    return made


def _recipe() -> str:
    """Changes whenever the articles would, or the way in which they are written."""
    sources = (Path(__file__), Path(articles.__file__))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


def _is_fresh(base: Path) -> bool:
    try:
        jwk = json.loads((base / "keys" / "bench.jwk").read_bytes())
    except FileNotFoundError:
        return False
    return bool(jwk["exp"] > time.time() + _DAY)


def _write_public(folder: Path, key: PrivateKey, now: int) -> None:
    folder.mkdir()
    jwk = {**key.public_jwk(), "corpora": [CORPUS], "nbf": now - _DAY, "exp": now + 365 * _DAY}
    (folder / "bench.jwk").write_text(json.dumps(jwk), encoding="utf-8")


def _sealed(made: Corpus, key: PrivateKey, now: int, processes: int | None) -> Iterator[bytes]:
    chunks = [range(at, min(at + _CHUNK, made.count)) for at in range(0, made.count, _CHUNK)]
    sealer = Sealer(made.seeds, made.count, now, json.dumps(key.private_jwk()).encode())
    if not processes:
        yield from map(sealer.write, chunks)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(sealer.write, chunks)


@dataclass(frozen=True)
class Sealer:
    """Writes sealed record files; a process of its own can be handed one."""

    seeds: Path
    count: int
    now: int
    jwk: bytes

    def write(self, numbers: range) -> bytes:
        """Write the files of these articles; what answers should say of them, as JSON that goes
        between brackets."""
        key = parse_private_key(self.jwk, "the key of this corpus")
        return b",".join(orjson.dumps(self._write(key, number)) for number in numbers)

    def _write(self, key: PrivateKey, number: int) -> Fields:
        path, fields = article(number, self.count)
        seal = sign_record(key, encode_record(CORPUS, path, fields, b""), self.now)
        front = front_matter({**fields, "secured": [seal]})
        file = self.seeds / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\n{front}---\n", encoding="utf-8")
        return answer_of(path, fields)


# Text that YAML reads as the same text without quotes: no number, no time, no word of its own.
_PLAIN = re.compile(r"(?!(?:true|false|null)$)[A-Za-z](?:[\w./-]|:(?=/)| (?=\w))*", re.IGNORECASE)


def front_matter(fields: Fields) -> str:
    """The fields as YAML in block style, as people write it. A dumper would take most of the time
    in which a million records are made."""
    return "".join(f"{line}\n" for line in _lines(fields))


def _lines(value: Any, indent: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, part in value.items():
            if isinstance(part, dict | list):
                yield f"{indent}{name}:"
                yield from _lines(part, f"{indent}  " if isinstance(part, dict) else indent)
            else:
                yield f"{indent}{name}: {_scalar(part)}"
        return
    for part in value:
        if isinstance(part, dict):
            first, *others = _lines(part, f"{indent}  ")
            yield f"{indent}- {first.strip()}"
            yield from others
        else:
            yield f"{indent}- {_scalar(part)}"


def _scalar(value: str | int | bool) -> str:
    if isinstance(value, str):
        doubled = value.replace("'", "''")
        return value if _PLAIN.fullmatch(value) else f"'{doubled}'"
    return str(value).lower()


def answer_of(path: str, fields: Fields) -> Fields:
    """What GraphQL should say of an article."""
    return {
        **fields,
        "id": encode_id("Article", CORPUS, path),
        "path": path,
        "topics": [{"name": name} for name in fields["topics"]],
        "images": _captioned(fields["images"]),
        "related": [{**item, "images": _captioned(item["images"])} for item in fields["related"]],
    }


def _captioned(images: list[Fields]) -> list[Fields]:
    return [{**image, "title": None} for image in images]
