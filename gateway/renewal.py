"""Going over to another store while running: the file was damaged, or is another one now."""

from __future__ import annotations

from gateway.repository.entry import Entry
from gateway.repository.repository import Repository
from gateway.store.ingest import ingest
from gateway.store.look import Source
from gateway.store.manifests import advance
from gateway.store.seals import remember_seals
from gateway.store.store import EMPTY, Store


def successor(
    old: Repository, store: Store, source: Source, now: int, cache_bytes: int, *, fills: bool
) -> Repository | None:
    """A repository over `store`, with what the old one can vouch for, and a view.

    fills: whether to take up the files, or leave that to another gateway on the store. None while
    the store holds nothing though the old one did: what was proven is served on until it does.
    Raises SealgateError.
    """
    _carry_over(old, store)
    if fills:
        ingest(source, store, now, crew=old.crew)
    if store.latest() == EMPTY and old.held is not None and old.held.snapshot != EMPTY:
        return None
    new = Repository(store, old.corpus, old.trust, cache_bytes)
    new.watch, new.crew = old.watch, old.crew
    new.refresh(now)
    return new


def _carry_over(old: Repository, store: Store) -> None:
    """What this process itself has proven or put in force, so that nothing older comes back.

    Nothing is taken from the damaged file: its word about what was seen is worth nothing.
    """
    if old.trust.manifest is not None:
        advance(store, old.trust.manifest)
    if old.held is not None:
        entries = (item for item in old.held.items.values() if isinstance(item, Entry))
        remember_seals(store, old.corpus, {entry.path: entry.sealed_at for entry in entries})
