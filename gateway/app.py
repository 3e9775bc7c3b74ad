"""The one place where the parts are put together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import to_thread
from starlette.applications import Starlette

from gateway.access.access import Access, read_access
from gateway.access.caller import Caller
from gateway.access.guard import Guard
from gateway.access.key_file import TokenFileError
from gateway.access.refusal import TokenError
from gateway.access.scope import Scope
from gateway.crew import Crew, cores
from gateway.errors import Reason, SealgateError, SettingsError, StoreError
from gateway.front import Front
from gateway.frontmatter.limits import Limits as FileLimits
from gateway.http.doorkeeper import Doorkeeper
from gateway.http.health import Health
from gateway.http.rate import Limiter, Policy
from gateway.http.replies import Replies, State
from gateway.http.reuse import Repeats
from gateway.http.streams import Streams
from gateway.live import Clock, Live, unix_time
from gateway.moment import Moment
from gateway.observe.chain import ChainFile
from gateway.observe.observation import Observation
from gateway.observe.standing import Hits, Sources
from gateway.observe.trail import Trail
from gateway.renewal import successor
from gateway.repository.judge import Judge
from gateway.repository.repository import Repository
from gateway.repository.stream import Stream
from gateway.repository.view import View
from gateway.settings import Settings
from gateway.store.ingest import Ingested, Progress, ingest
from gateway.store.look import Source
from gateway.store.manifests import advance
from gateway.store.sightings import Sightings
from gateway.store.store import Store
from gateway.trust.directory import read_trust
from gateway.trust.trust import Trust
from schema.build import make_context, make_subscription_context
from schema.context import Context
from schema.subscription import SubscriptionContext

if TYPE_CHECKING:
    from gateway.observe.tracing import Tracing

# How soon a token that was taken back ends.
_TOKENS_SECONDS = 1.0

# The endpoint itself refuses what it does not serve, in the form that GraphQL clients read.
_ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Gateway:
    """A gateway over one corpus: open it, ingest, and serve its `asgi()`.

    Raises SealgateError from its constructor when keys, policy or store cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock = unix_time,
        *,
        follows_files: bool = True,
        worker: int = 0,
        workers_folder: Path | None = None,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self.source = Source(
            settings.corpus, settings.seeds, FileLimits(file_bytes=settings.max_file_bytes)
        )
        self._sightings = Sightings()
        _check_audit(settings)
        _check_tokens(settings)
        self.store = Store.open(settings.store, rebuild=settings.rebuild_store)
        try:
            self.repository = self._open_repository()
        except SealgateError:
            self.store.close()
            raise
        self.health = Health()
        self.streams = Streams(settings.max_streams)
        # Workers of one port start side by side already.
        self._crew = Crew(max(1, (settings.processes or cores()) // settings.workers))
        self.observation = self._observation(worker, workers_folder)
        self._attach(self.repository)
        rate, burst = settings.rate_limit, settings.rate_burst
        self._limiter = Limiter(Policy(rate, burst), time.monotonic) if rate else None
        # Not the method of this store: another one may take its place.
        self._version = Moment(lambda: self.store.version())  # noqa: PLW0108
        self.repeats = self._repeats()
        self.guard = self._guard()
        self.doorkeeper = Doorkeeper(self.guard, clock, self.observation.trail.token_refused)
        self.live = Live(
            self.repository,
            self.source,
            settings.keys,
            self._read_trust,
            self.health,
            clock,
            self._renew,
            self.observation,
            self._sightings,
            follows_files=follows_files,
        )
        self._follows_files = follows_files

    def _observation(self, worker: int, folder: Path | None) -> Observation:
        settings = self.settings
        file = None if settings.audit_log is None else ChainFile(settings.audit_log)
        required = settings.audit_required
        trail = Trail(file, self.health, self._clock, worker=worker, required=required)
        tracing = _tracing(settings.otel_endpoint)
        return Observation(self._sources(), trail, tracing, worker, folder)

    def _attach(self, repository: Repository) -> None:
        repository.rows_changed = self.observation.rows_changed
        repository.crew = self._crew
        repository.view_bytes = self.settings.view_bytes

    def _sources(self) -> Sources:
        caches: dict[str, Hits] = {
            "records": lambda: (self.repository.shelf.hits, self.repository.shelf.misses),
            "verdicts": lambda: self.repository.verdict_hits,
        }
        return Sources(
            lambda: self.repository,
            self.health,
            self.streams,
            self._clock,
            caches,
            workers=self.settings.workers,
        )

    def _open_repository(self) -> Repository:
        settings = self.settings
        try:
            trust = self._read_trust()
            return Repository(self.store, settings.corpus, trust, settings.cache_bytes)
        except StoreError as error:
            if error.code is not Reason.STORE_DAMAGED or not settings.rebuild_store:
                raise
            self.store.close()
            self.store = Store.open(settings.store, rebuild=True, instead_of=self.store)
            trust = self._read_trust()
            return Repository(self.store, settings.corpus, trust, settings.cache_bytes)

    def _renew(self) -> Repository | None:
        """Go over to what is at the store's URL now, once it is filled. Raises SealgateError."""
        settings, old = self.settings, self.repository
        if old.store.damage is not None and not settings.rebuild_store:
            raise old.store.damage
        if old.store.damage is None and old.store.is_in_place:
            # Its log lost its name: the last to close the file writes back what the log holds.
            old.store.close()
        store = Store.open(settings.store, rebuild=settings.rebuild_store, instead_of=old.store)
        try:
            new = successor(
                old,
                store,
                self.source,
                self._clock(),
                settings.cache_bytes,
                fills=self._follows_files,
            )
        except BaseException:
            store.close()
            raise
        if new is None:
            store.close()
            return None
        self._attach(new)
        self.store, self.repository = store, new
        old.store.close()
        new.watch.ring()
        return new

    def _read_trust(self) -> Trust:
        """The trust folder, if it is no older than what was in force on this store before."""
        settings = self.settings
        trust = read_trust(settings.keys, settings.legacy_key_file, settings.root_key)
        if trust.manifest is not None:
            advance(self.store, trust.manifest)
        return trust

    def ingest(self, progress: Progress | None = None) -> Ingested:
        """Bring store and view up to date with the files. Raises SealgateError."""
        # The processes that parse go on to judge.
        with self._crew:
            with self.observation.ingesting():
                try:
                    done = self._take_up(progress)
                except StoreError:
                    if not self.live.keep_store():
                        raise
                    done = self._take_up(progress)
            self.live.refresh()
        return done

    def _take_up(self, progress: Progress | None) -> Ingested:
        crew, sightings = self._crew, self._sightings
        return ingest(self.source, self.store, self._clock(), progress, crew, sightings)

    def stream(self, progress: Progress | None = None) -> Stream:
        """Bring the store up to date, then everything in it that may be seen. Raises SealgateError.

        Unlike `ingest` it makes no index, so that memory does not grow with the corpus.
        """
        now = self._clock()
        self._take_up(progress)
        judge = Judge(self.repository.trust, now, self.settings.cache_bytes)
        return Stream(self.store, self.settings.corpus, judge, now)

    def view(self) -> View:
        """What would be served now. Raises StoreError."""
        return self.repository.refresh(self._clock())

    def close(self) -> None:
        self.observation.close()
        self.store.close()

    async def context(self, caller: Caller | None = None, *, drafts: bool = True) -> Context:
        """The context of one operation; its clock is read here, once. None is anybody; drafts:
        whether to show them to callers who may see them.

        Raises TokenError where the caller's token has ended, or was taken back.
        """
        now, access, settings = self._clock(), self.guard.access, self.settings
        caller = caller or access.anonymous
        if not access.stands(caller, now):
            raise TokenError("expired")
        drafts = drafts and Scope.DRAFTS in caller.scopes
        reading = await self.repository.reading(now, drafts=drafts)
        return make_context(reading, settings.corpus, settings.max_page, caller)

    def context_at_hand(self, version: int) -> Context | None:
        """The context of one operation of anybody's, whose resolvers may not wait; None while no
        view stands, and where not everybody may read what is published, and nothing else. version:
        of the database, at this moment."""
        anybody, settings = self.guard.access.anonymous, self.settings
        if Scope.READ not in anybody.scopes or Scope.DRAFTS in anybody.scopes:
            return None
        reading = self.repository.reading_at_hand(self._clock(), version)
        if reading is None:
            return None
        return make_context(reading, settings.corpus, settings.max_page, anybody)

    async def subscription_context(self, caller: Caller | None = None) -> SubscriptionContext:
        """The context in which a subscription begins, and with which it makes one an event. The
        feed that they follow knows no drafts."""
        return make_subscription_context(
            await self.context(caller, drafts=False),
            self.repository.watch,
            partial(self.context, caller, drafts=False),
            lambda view: self.repository.stands(view, self._clock()),
        )

    def asgi(self) -> Starlette:
        """Raises SettingsError where the manifest of documents cannot be used."""
        return self._front().application(self._lifespan)

    def check_documents(self) -> None:
        """Raises SettingsError where the manifest of documents cannot be used."""
        if self.settings.documents is not None or self.settings.documents_only:
            self._front()

    def _front(self) -> Front:
        return Front(
            self.settings,
            self,
            self.observation,
            self.health,
            self.streams,
            self.doorkeeper,
            self.repeats,
            self._limiter,
        )

    def _repeats(self) -> Repeats | None:
        """None where each request is traced: a trace tells what was done for it."""
        capacity = self.settings.reply_bytes
        if self.settings.otel_endpoint is not None:
            return None
        replies = Replies(capacity, self._reply_state)
        if capacity:
            self.observation.sources.caches["replies"] = lambda: (replies.hits, replies.misses)
        return Repeats(replies, self.observation.metrics, self._limiter)

    def _reply_state(self) -> State | None:
        """What answers are made of now; None while there is no view that stands."""
        repository = self.repository
        view = repository.held
        if view is None or not repository.stands(view, self._clock()):
            return None
        version = self._version()
        return None if version is None else State(view, version)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        stop = asyncio.Event()
        following = asyncio.create_task(self.live.run(stop)) if self.settings.watch else None
        # Where no token can count, none can be taken back.
        files = self.guard.files
        tokens = asyncio.create_task(self._follow_tokens(), name="tokens") if files else None
        try:
            async with self.observation.watching():
                yield
        finally:
            if tokens is not None:
                tokens.cancel()
            self.streams.ending.set()
            stop.set()
            if following is not None:
                await following

    async def _follow_tokens(self) -> None:
        while True:
            await asyncio.sleep(_TOKENS_SECONDS)
            await to_thread.run_sync(self.guard.refresh)

    def _guard(self) -> Guard:
        """Raises TokenFileError: a gateway does not begin with tokens that it cannot read."""
        settings = self.settings
        files = (settings.token_file, settings.jwt_keys)
        return Guard(
            lambda: read_access(
                settings.public_scopes, *files, settings.jwt_issuer, settings.jwt_audience
            ),
            Access(settings.public_scopes),
            [file for file in files if file is not None],
            self._tell_tokens,
        )

    def _tell_tokens(self, error: TokenFileError | None) -> None:
        if error is None:
            self.health.well("tokens")
        else:
            self.health.trouble("tokens", error)


def _tracing(endpoint: str | None) -> Tracing | None:
    """Loads OpenTelemetry where it is wanted. Raises SettingsError where it is not there."""
    if endpoint is None:
        return None
    try:
        from gateway.observe.tracing import Tracing, provider_for  # noqa: PLC0415
    except ImportError:
        message = "otel_endpoint needs OpenTelemetry, which is not installed"
        hint = "Install sealgate[otel]."
        raise SettingsError(Reason.SETTINGS, message, hint=hint) from None
    return Tracing(provider_for(endpoint))


def _check_tokens(settings: Settings) -> None:
    named = (settings.jwt_issuer, settings.jwt_audience)
    if settings.jwt_keys is not None and not all(named):
        message = "jwt_keys needs jwt_issuer and jwt_audience"
        hint = "Or tokens that were made for others would be taken."
        raise SettingsError(Reason.SETTINGS, message, hint=hint)


def _check_audit(settings: Settings) -> None:
    if settings.audit_required and settings.audit_log is None:
        message = "audit_required needs audit_log, or nothing could ever be written"
        hint = "Name a file in SEALGATE_AUDIT_LOG."
        raise SettingsError(Reason.SETTINGS, message, hint=hint)
