"""Keeping a running gateway up to date with its files, its keys and its store."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import structlog
from anyio import to_thread
from watchfiles import Change, awatch

from gateway.corpus.layout import is_record_path
from gateway.errors import Reason, SealgateError, StoreError
from gateway.http.health import Health
from gateway.keys.jwk_file import KEY_SUFFIX
from gateway.memory import uncollected
from gateway.repository.repository import Repository
from gateway.repository.view import View
from gateway.store.file import Condition
from gateway.store.ingest import Ingested, heal, ingest
from gateway.store.look import Source
from gateway.store.sightings import Sightings
from gateway.trust.directory import POLICY_FILE
from gateway.trust.manifest import MANIFEST_FILE
from gateway.trust.trust import Trust
from gateway.trust.volume import DATA_LINK
from gateway.verdict.verdict import Rejected

log = structlog.get_logger("sealgate.live")

# How often the store is asked for snapshots of other gateways, and a lost folder is looked for.
POLL_SECONDS = 0.25
RETRY_SECONDS = 1.0
_DEBOUNCE_MILLISECONDS = 200
# A look of its own, because of trouble, comes after so many times of what the last one took.
_IDLE_TIMES = 10
_LOOKED_AT = ("keys", "seeds", "files")

_REBUILDING = StoreError(
    Reason.STORE_DAMAGED,
    "the store is new and empty; what was proven before is served until it is filled",
    hint="Wait for the gateway that follows the files, or see what it says of them.",
)

# Seconds since 1970, whole ones.
Clock = Callable[[], int]


def unix_time() -> int:
    return int(time.time())


class Observer(Protocol):
    """Whoever is told what moves."""

    def ingesting(self) -> AbstractContextManager[None]:
        """The block in which files are taken up."""

    def trust_changed(self, before: Trust, after: Trust, /) -> None: ...


class Live:
    """The moving parts behind a repository. Every method but `run` blocks.

    follows_files: one gateway on a store is enough to take up files; the others see its snapshots.
    """

    def __init__(
        self,
        repository: Repository,
        source: Source,
        keys: Path,
        read_trust: Callable[[], Trust],
        health: Health,
        clock: Clock,
        renew: Callable[[], Repository | None],
        observer: Observer,
        sightings: Sightings,
        *,
        follows_files: bool,
    ) -> None:
        self._sightings = sightings
        self._clock = clock
        self._round = asyncio.Event()
        self._renew = renew
        self._observer = observer
        self._renewing = threading.Lock()
        self._condition = Condition.SAME
        self._next_look = 0.0
        self._compared: View | None = None
        self._taking_up = threading.Lock()
        self._repository = repository
        self._source = source
        self._keys = keys
        self._read_trust = read_trust
        self._follows_files = follows_files
        self._health = health

    def take_up_files(self) -> None:
        """Ingest what changed; trouble leaves the last snapshot in place."""
        with self._reporting("seeds"):
            with uncollected(), self._observer.ingesting():
                store, crew = self._repository.store, self._repository.crew
                done = ingest(
                    self._source, store, self._clock(), crew=crew, sightings=self._sightings
                )
            self._report(done)

    def _report(self, done: Ingested) -> None:
        if done.added or done.changed or done.removed:
            log.info(
                "ingested",
                snapshot=done.snapshot.id,
                added=done.added,
                changed=done.changed,
                removed=done.removed,
            )
        if done.incomplete:
            self._health.trouble("files", done.incomplete[0])
        else:
            self._health.well("files")

    def take_up_trust(self) -> None:
        """Judge by the keys as they are now; a damaged folder leaves the loaded ones in force."""
        with self._reporting("keys"):
            trust = self._read_trust()
            before = self._repository.trust
            if trust.digest != before.digest:
                self._repository.replace_trust(trust)
                self._observer.trust_changed(before, trust)
                log.info("trust_changed", keys=sorted(trust.keys))

    def refresh(self) -> None:
        """Build the view that requests will find."""
        with self._reporting("store"):
            self.keep_store()
            try:
                view = self._repository.refresh(self._clock())
            except StoreError:
                if not self.keep_store():
                    raise
                view = self._repository.refresh(self._clock())
            self._health.ready = True
            if view is not self._compared and self._heal(view):
                self._compared = self._repository.refresh(self._clock())
        self._say_what_was_rebuilt()

    def keep_store(self) -> bool:
        """Go over to the store that is there now, if this one is damaged or another has its name.

        Returns whether it did. Raises SealgateError while that is not possible.
        """
        with self._renewing:
            condition = self._repository.store.condition()
            changed, self._condition = condition is not self._condition, condition
            if condition is Condition.SAME:
                return False
            if changed:
                log.warning("store_lost", condition=condition.name)
            renewed = self._renew()
            if renewed is None:
                raise _REBUILDING
            self._repository = renewed
            return True

    def _heal(self, view: View) -> bool:
        """Compare each row that is withheld with its file: perhaps only the store is damaged.

        Each once, as long as it is withheld. Returns whether one was written anew.
        """
        before = {} if self._compared is None else self._compared.items
        suspects = {
            item.path
            for row_id, item in view.items.items()
            if isinstance(item, Rejected) and not isinstance(before.get(row_id), Rejected)
        }
        self._compared = view
        done = heal(self._source, self._repository.store, suspects, self._clock())
        if done is None:
            return False
        log.warning("store_healed", rows=done.healed, snapshot=done.snapshot.id)
        return done.changed + done.added > 0

    def _say_what_was_rebuilt(self) -> None:
        aside = self._repository.store.aside()
        if not aside:
            self._health.well("memory")
            return
        message = "the store was rebuilt: seals, changes and cursors from before are forgotten"
        hint = "See docs/adr/0011, then remove this file."
        error = StoreError(Reason.STORE_REBUILT, message, path=str(aside[-1]), hint=hint)
        self._health.trouble("memory", error)

    @contextmanager
    def _reporting(self, part: str) -> Iterator[None]:
        """Whatever goes wrong in a part is said in /readyz, and following goes on.

        An error that nobody foresaw must not end the watch: a revocation may come after it.
        """
        try:
            yield
        except SealgateError as error:
            self._health.trouble(part, error)
        except Exception as error:
            log.error("unexpected_error", part=part, exc_info=error)
            self._health.trouble(part, SealgateError(Reason.INTERNAL, "see the log"))
        else:
            self._health.well(part)

    async def next_round(self) -> None:
        """Return when files, keys or store have been looked at once more."""
        await self._round.wait()

    def _end_round(self) -> None:
        ended, self._round = self._round, asyncio.Event()
        ended.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`: follow files and keys, and the snapshots of other gateways."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll(stop))
            folders = {self._keys, self._source.root} if self._follows_files else {self._keys}
            for folder in folders:
                tasks.create_task(self._watch(folder, stop))

    async def _poll(self, stop: asyncio.Event) -> None:
        while not await _stopped_within(stop, POLL_SECONDS):
            await to_thread.run_sync(self.refresh)
            self._end_round()

    async def _watch(self, folder: Path, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._follow(folder, stop)
            except (OSError, RuntimeError) as error:
                message = f"cannot watch the folder: {error}"
                missing = SealgateError(Reason.SEEDS_MISSING, message, path=str(folder))
                self._health.trouble(f"watch {folder}", missing)
                # Unwatched is not unseen: the system may have no watches left for us, for ever.
                if time.monotonic() >= self._next_look:
                    await to_thread.run_sync(self._take_up_all)
                    self._end_round()
                await _stopped_within(stop, RETRY_SECONDS)

    async def _follow(self, folder: Path, stop: asyncio.Event) -> None:
        """Follow one folder until it is replaced by another one of the same name."""
        identity = _identity(folder)
        self._health.well(f"watch {folder}")
        looked = False
        async for changes in awatch(
            folder,
            stop_event=stop,
            debounce=_DEBOUNCE_MILLISECONDS,
            rust_timeout=int(RETRY_SECONDS * 1000),
            yield_on_timeout=True,
        ):
            # The first look comes after the watch has begun, or a change between the two would be
            # seen by neither.
            told = any(_concerns(folder, name) for _, name in changes)
            if told or not looked or self._looks_again():
                await to_thread.run_sync(self._take_up_all)
                looked = True
                self._end_round()
            if _identity(folder) != identity or _is_gone(folder, changes):
                return

    def _looks_again(self) -> bool:
        """Not all trouble tells when it ends: a disk that answers again changes no file."""
        troubled = not self._health.troubles.keys().isdisjoint(_LOOKED_AT)
        return troubled and time.monotonic() >= self._next_look

    def _take_up_all(self) -> None:
        begun = time.monotonic()
        self._take_up_in_turn()
        ended = time.monotonic()
        self._next_look = ended + max(RETRY_SECONDS, _IDLE_TIMES * (ended - begun))

    def _take_up_in_turn(self) -> None:
        # One after the other: of two looks at the keys the one that began first could otherwise
        # end last, and bring back a key that was revoked in between.
        with self._taking_up:
            self.take_up_trust()
            if self._follows_files:
                self.take_up_files()
            self.refresh()


def _concerns(folder: Path, name: str) -> bool:
    """Whether a change is about a record or about trust, or a folder that may hold some."""
    try:
        path = Path(name).relative_to(folder.resolve()).as_posix()
    except ValueError:
        return True
    if path == DATA_LINK:
        return True
    if path.rpartition("/")[2].startswith("."):
        return False
    watched = path.endswith(KEY_SUFFIX) or path in {POLICY_FILE, MANIFEST_FILE}
    return watched or is_record_path(path) or "." not in path.rpartition("/")[2]


def _identity(folder: Path) -> tuple[int, int]:
    """Raises OSError when there is no folder."""
    status = (folder / ".").stat()
    return status.st_dev, status.st_ino


def _is_gone(folder: Path, changes: set[tuple[Change, str]]) -> bool:
    """Whether the folder itself was removed: the next one may well have its number again."""
    names = {folder, folder.absolute(), folder.resolve()}
    return any(kind is Change.deleted and Path(name) in names for kind, name in changes)


async def _stopped_within(stop: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True
