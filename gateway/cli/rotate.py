"""`sealgate keys rotate` and `sealgate keys status`."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from gateway.audit.bench import Bench
from gateway.audit.verification import Verification
from gateway.cli import options
from gateway.cli.console import out, print_json, progress
from gateway.cli.keys import state_of, write_pair
from gateway.cli.output import opened
from gateway.corpus.layout import record_paths
from gateway.errors import KeyFileError, Reason
from gateway.frontmatter.limits import Limits
from gateway.frontmatter.source import read_regular
from gateway.keys.jwk_file import MAX_BYTES, read_jwk
from gateway.keys.private_key import generate_private_key
from gateway.keys.public_key import PublicKey
from gateway.records.instant import show_instant
from gateway.settings import Settings, read_settings
from gateway.trust.directory import key_files, read_public_key, read_trust
from gateway.trust.trust import Trust

_DAY = 86_400
# A key that ends sooner than this should be rotated.
_SOON = 30 * _DAY


def rotate(
    private: Annotated[Path, typer.Option(help="New file for the new private key.")],
    old: Annotated[
        str | None, typer.Option("--from", help="Kid of the old key; default: the only valid one.")
    ] = None,
    grace_days: Annotated[
        int, typer.Option(min=0, help="For how long the old key stays valid beside the new one.")
    ] = 30,
    kid: Annotated[str | None, typer.Option(help="Name of the new key.")] = None,
    days: Annotated[int, typer.Option(min=1, help="Validity of the new key, in days.")] = 365,
    corpus: options.Corpus = None,
    keys: options.Keys = None,
) -> None:
    """Put a new key beside an old one, and let the old one end.

    Both are valid in between, so that nothing goes dark: seal everything again with the new key
    (sealgate reseal), and remove the old one when nothing depends on it (sealgate keys status).
    """
    settings = read_settings(corpus=corpus, keys=keys)
    now = int(time.time())
    path, key = _to_rotate(settings, old, now)
    name = kid or f"{key.kid}-{time.strftime('%Y%m%d', time.gmtime(now))}"
    made = generate_private_key(key.algorithm, name)
    # The new key first: after a crash in between both are valid.
    write_pair(made, private, settings.keys, sorted(key.corpora), now, now + days * _DAY)
    end = now + grace_days * _DAY
    ends = end if key.not_after is None else min(end, key.not_after)
    jwk = {**read_jwk(read_regular(path, MAX_BYTES), str(path)), "exp": ends}
    with opened(path) as file:
        file.write(json.dumps(jwk, indent=2).encode() + b"\n")
    out.print(
        f"{key.kid} ends at {show_instant(ends)}; {made.kid} is valid from now on.\n"
        f"Next: sealgate reseal --key {private}",
        markup=False,
    )


def _to_rotate(settings: Settings, kid: str | None, now: int) -> tuple[Path, PublicKey]:
    """The file and the key; raises KeyFileError where there is none, or several."""
    found = [(path, read_public_key(path)) for path in key_files(settings.keys)]
    valid = [
        (path, key)
        for path, key in found
        if settings.corpus in key.corpora and state_of(key, now) == "valid"
    ]
    chosen = [item for item in valid if kid in {None, item[1].kid}]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(key.kid for _, key in valid) or "none"
    if kid is not None:
        message = f"{kid!r} is no valid key of corpus {settings.corpus!r}; valid are: {names}"
        hint = "A key that has ended cannot be rotated: make one with keys generate, then reseal."
        raise KeyFileError(Reason.KEY_UNKNOWN, message, path=str(settings.keys), hint=hint)
    message = f"corpus {settings.corpus!r} has not one valid key, but: {names}"
    hint = "Name the key to rotate: --from KID."
    raise KeyFileError(Reason.KEY_UNKNOWN, message, path=str(settings.keys), hint=hint)


@dataclass(frozen=True)
class _Use:
    """sealed: records that the key proves; alone: those that would not be proven without it."""

    sealed: int
    alone: int


def status(
    corpus: options.Corpus = None,
    seeds: options.Seeds = None,
    keys: options.Keys = None,
    as_json: options.AsJson = False,
) -> None:
    """Show what depends on each key: who would miss it, and for how long it lasts.

    Judges every record of the corpus. Exit status 1 when something wants attention: a key that ends
    within 30 days while records depend on it, or records that an ended or revoked key leaves dark.
    """
    settings = read_settings(corpus=corpus, seeds=seeds, keys=keys)
    trust = read_trust(settings.keys, settings.legacy_key_file, settings.root_key)
    now = int(time.time())
    uses, dark = _uses(settings, trust, now)
    rows = [_row(key, uses.get(key.kid, _Use(0, 0)), dark[key.kid], now) for key in _sorted(trust)]
    if as_json:
        print_json(rows)
    else:
        _print(rows)
    raise typer.Exit(1 if any(row["attention"] for row in rows) else 0)


def _sorted(trust: Trust) -> list[PublicKey]:
    return [trust.keys[kid] for kid in sorted(trust.keys)]


def _uses(settings: Settings, trust: Trust, now: int) -> tuple[dict[str, _Use], Counter[str]]:
    """What each key proves, and how many records each ended key leaves unproven."""
    limits = Limits(file_bytes=settings.max_file_bytes)
    bench = Bench(settings.corpus, settings.seeds, limits, trust, now)
    paths = record_paths(settings.seeds)
    with progress("Judging") as report:
        proven = [j for j in Verification(bench, paths, progress=report) if j.shape is not None]
    sealed = Counter(kid for judgement in proven for kid in judgement.key_ids)
    uses = {kid: _Use(count, 0) for kid, count in sealed.items()}
    for kid in sealed:
        others = {name: key for name, key in trust.keys.items() if name != kid}
        without = replace(bench, trust=replace(trust, keys=others))
        mine = [judgement.path for judgement in proven if kid in judgement.key_ids]
        lost = sum(judgement.shape is None for judgement in Verification(without, mine))
        uses[kid] = _Use(sealed[kid], lost)
    return uses, _dark(bench, trust, set(paths) - {judgement.path for judgement in proven})


def _dark(bench: Bench, trust: Trust, unproven: Iterable[str]) -> Counter[str]:
    """By key, the unproven records that it would prove, had it not ended."""
    found: Counter[str] = Counter()
    for path in sorted(unproven):
        judgement = bench.judge(path)
        failed = {
            check.envelope for check in judgement.checks if check.name in _ENDS and _bad(check)
        }
        named = {check.envelope: check.detail for check in judgement.checks if check.name == "key"}
        for kid in trust.keys:
            if any(named.get(place) == f"trusted key {kid!r}" for place in failed):
                found[kid] += 1
    return found


_ENDS = ("validity", "revocation")


def _bad(check: Any) -> bool:
    return str(check.outcome) == "FAILED"


def _row(key: PublicKey, use: _Use, dark: int, now: int) -> dict[str, Any]:
    left = None if key.not_after is None else (key.not_after - now) // _DAY
    ends_soon = key.not_after is not None and key.not_after - now <= _SOON
    return {
        "kid": key.kid,
        "state": state_of(key, now),
        "daysLeft": left,
        "sealed": use.sealed,
        "alone": use.alone,
        "dark": dark,
        "attention": bool(dark or (ends_soon and use.alone)),
    }


def _print(rows: list[dict[str, Any]]) -> None:
    table = Table(
        "Key", "State", "Days left", "Proves", "Alone", "Dark", "", box=None, pad_edge=False
    )
    for row in rows:
        left = "" if row["daysLeft"] is None else str(row["daysLeft"])
        mark = "reseal" if row["attention"] else ""
        numbers = (str(row[name]) for name in ("sealed", "alone", "dark"))
        table.add_row(row["kid"], row["state"], left, *numbers, mark)
    out.print(table)
    out.print("Alone: would not be proven without the key. Dark: are not, because it has ended.")
