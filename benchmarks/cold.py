"""What a page costs when nothing was kept, beside stock Strawberry in the same process.

Before each request all caches of the process are emptied: whatever is a cache of cachetools or of
functools in our packages, documents, plans, records and verdicts included. So each record of the
page is read from the store, its signature verified, and its fields taken from the signed bytes
again. The index stays: it is what the gateway serves from. SQLite's and the system's own pages
stay, too. A second measurement keeps verdicts and forgets all else, and a third the signatures of
one page alone, which bound what a cold page can be. Prints JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import functools
import gc
import tempfile
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from time import perf_counter
from typing import Any

import cachetools
import orjson

from benchmarks.data import Corpus, corpus
from benchmarks.in_process import Application, post, walk
from benchmarks.queries import Q2
from benchmarks.servers import stock as peer
from gateway.app import Gateway
from gateway.corpus.claim import claim_file
from gateway.envelope.envelope import parse_envelope
from gateway.envelope.jws import DetachedJws
from gateway.frontmatter.limits import Limits
from gateway.logs import set_up_logs
from gateway.lru import Lru
from gateway.memory import settle
from gateway.settings import Settings
from gateway.verdict.verdict import Verified

_OURS = ("gateway.", "schema.")


def empty_caches() -> int:
    """Empty every cache of the process; how many there are."""
    return _empty(lambda _: True)


def forget_answers() -> int:
    """The same, but for the verdicts on what was verified before."""
    return _empty(lambda cache: not _holds_verdicts(cache))


def _empty(is_meant: Callable[[Any], bool]) -> int:
    # What was there when a corpus was taken up is not seen otherwise (gateway.memory.settle).
    gc.unfreeze()
    caches = [thing for thing in gc.get_objects() if _is_cache(thing) and is_meant(thing)]
    for cache in caches:
        if isinstance(cache, cachetools.Cache | Lru):
            cache.clear()
        else:
            cache.cache_clear()
    settle()
    return len(caches)


def _holds_verdicts(cache: Any) -> bool:
    if not isinstance(cache, cachetools.Cache):
        return False
    return isinstance(next(iter(cache.values()), None), Verified)


def _is_cache(thing: Any) -> bool:
    # Not isinstance alone: it asks proxies for what they stand for.
    kind = type(thing)
    if issubclass(kind, cachetools.Cache | Lru):
        return True
    return kind is functools._lru_cache_wrapper and str(thing.__module__).startswith(_OURS)  # noqa: SLF001


async def _seconds(application: Application, body: bytes, before: Callable[[], object]) -> float:
    before()
    begun = perf_counter()
    await post(application, body)
    return perf_counter() - begun


def _nothing() -> None:
    """Before a request that may use all that was kept."""


async def _measure(
    gateway: Application, stock: Application, made: Corpus, rounds: int
) -> dict[str, list[float]]:
    """Seconds of each request, by what was asked and how; all are asked in turn."""
    subjects = [
        ("gateway cold", gateway, empty_caches),
        ("gateway cold, verdicts kept", gateway, forget_answers),
        ("gateway warm", gateway, _nothing),
        ("stock", stock, _nothing),
    ]
    handles = {
        id(application): await walk(application, made.count) for application in (gateway, stock)
    }
    taken: dict[str, list[float]] = {name: [] for name, _, _ in subjects}
    for position in Q2.positions(made.count, rounds):
        for name, application, before in subjects:
            body = Q2.body(position, handles[id(application)])
            content = Q2.content(await post(application, body))
            if content != Q2.expected(position, made.records):
                raise SystemExit(f"{name}: another answer than the records have")
            taken[name].append(await _seconds(application, body, before))
    return taken


def _verification(gateway: Gateway, made: Corpus) -> float:
    """Seconds that the signatures of one page take to verify, and nothing else."""
    checks = [_check(gateway, made, record["path"]) for record in made.records[: Q2.size]]
    taken = [_timed(checks) for _ in range(50)]
    return median(taken)


def _check(gateway: Gateway, made: Corpus, path: str) -> Callable[[], bool]:
    raw = claim_file(gateway.settings.corpus, made.seeds, path, Limits())
    envelope = parse_envelope(raw.secured[-1])
    if not isinstance(envelope, DetachedJws):
        raise SystemExit(f"{path}: not sealed as this corpus is")
    key = gateway.repository.trust.keys[envelope.header.kid]
    verify = key.algorithm.verifier(dict(key.members))
    return functools.partial(verify, envelope.signature, envelope.signing_input(raw.canonical))


def _timed(calls: Iterable[Callable[[], object]]) -> float:
    begun = perf_counter()
    for call in calls:
        call()
    return perf_counter() - begun


def measure(made: Corpus, rounds: int) -> dict[str, Any]:
    """Medians in seconds, and the ratios of stock Strawberry's to the gateway's."""
    stock = peer.application(made.records_file)
    set_up_logs("text", "error")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            corpus="bench",
            seeds=made.seeds,
            keys=made.keys,
            store=f"sqlite:///{folder}/store.db",
            watch=False,
            rate_limit=0,
        )
        gateway = Gateway(settings)
        try:
            gateway.ingest()
            taken = asyncio.run(_measure(gateway.asgi(), stock, made, rounds))
            verification = _verification(gateway, made)
        finally:
            gateway.close()
    return _document(taken, verification, rounds)


def _document(taken: dict[str, list[float]], verification: float, rounds: int) -> dict[str, Any]:
    stock = taken["stock"]
    return {
        "rounds": rounds,
        "seconds": {name: median(values) for name, values in taken.items()},
        "cold_ratio": _ratio(stock, taken["gateway cold"]),
        "cold_ratio_with_verdicts": _ratio(stock, taken["gateway cold, verdicts kept"]),
        "warm_ratio": _ratio(stock, taken["gateway warm"]),
        # What the cold ratio could be at most if all but Ed25519 cost nothing.
        "signatures_ratio": median(stock) / verification,
    }


def _ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    return median(their / our for their, our in zip(theirs, ours, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=5000, help="articles in the corpus (5000)")
    parser.add_argument("--rounds", type=int, default=100, help="requests of each kind (100)")
    chosen = parser.parse_args()
    document = measure(corpus(chosen.records), chosen.rounds)
    print(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
