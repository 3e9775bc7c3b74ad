"""The one place where the parts are put together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route, WebSocketRoute

from gateway.crew import Crew, cores
from gateway.errors import Reason, SealgateError, SettingsError, StoreError
from gateway.execution.executor import Executor
from gateway.execution.limits import Limits as OperationLimits
from gateway.execution.places import Places
from gateway.frontmatter.limits import Limits as FileLimits
from gateway.http.caching import Freshness
from gateway.http.cors import cors
from gateway.http.csrf import CrossSite
from gateway.http.documents import NO_DOCUMENTS, read_documents
from gateway.http.endpoint import Bounds, GraphQLEndpoint
from gateway.http.graphiql import static_files
from gateway.http.health import Health, Readyz, healthz
from gateway.http.metrics import SCOPE as METRICS
from gateway.http.metrics import MetricsEndpoint
from gateway.http.persisted import Documents
from gateway.http.protective import ProtectiveHeaders
from gateway.http.rate import Limiter, Policy, RateLimit
from gateway.http.replies import Replies, State
from gateway.http.reuse import Repeats, Reuse
from gateway.http.streams import StreamLimits, Streams
from gateway.http.websocket import WebSocketEndpoint
from gateway.live import Clock, Live, unix_time
from gateway.observe.chain import ChainFile
from gateway.observe.observation import Observation
from gateway.observe.operations import ObservedDocuments, ObservedExecutor
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
from gateway.store.store import Store
from gateway.trust.directory import read_trust
from gateway.trust.trust import Trust
from schema.build import build_schema, make_context, make_subscription_context
from schema.context import Context
from schema.subscription import SubscriptionContext

if TYPE_CHECKING:
    from gateway.observe.tracing import Tracing

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
        _check_audit(settings)
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
        self.repeats = self._repeats()
        self.live = Live(
            self.repository,
            self.source,
            settings.keys,
            self._read_trust,
            self.health,
            clock,
            self._renew,
            self.observation,
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
        with self.observation.ingesting():
            try:
                done = ingest(self.source, self.store, self._clock(), progress, self._crew)
            except StoreError:
                if not self.live.keep_store():
                    raise
                done = ingest(self.source, self.store, self._clock(), progress, self._crew)
        self.live.refresh()
        return done

    def stream(self, progress: Progress | None = None) -> Stream:
        """Bring the store up to date, then everything in it that may be seen. Raises SealgateError.

        Unlike `ingest` it makes no index, so that memory does not grow with the corpus.
        """
        now = self._clock()
        ingest(self.source, self.store, now, progress, self._crew)
        judge = Judge(self.repository.trust, now, self.settings.cache_bytes)
        return Stream(self.store, self.settings.corpus, judge, now)

    def view(self) -> View:
        """What would be served now. Raises StoreError."""
        return self.repository.refresh(self._clock())

    def close(self) -> None:
        self.observation.close()
        self.store.close()

    async def context(self) -> Context:
        """The context of one operation; its clock is read here, once."""
        reading = await self.repository.reading(self._clock())
        settings = self.settings
        return make_context(reading, settings.corpus, settings.max_page, settings.open_scopes)

    async def subscription_context(self) -> SubscriptionContext:
        """The context in which a subscription begins, and with which it makes one an event."""
        return make_subscription_context(
            await self.context(),
            self.repository.watch,
            self.context,
            lambda view: self.repository.stands(view, self._clock()),
        )

    def asgi(self) -> Starlette:
        """Raises SettingsError where the manifest of documents cannot be used."""
        executor = self._executor()
        documents = self._documents(executor)
        sources = self.observation.sources
        sources.caches["documents"] = executor.document_hits
        sources.fallbacks = lambda: executor.plans.fallbacks
        return Starlette(
            routes=[
                Route("/", RedirectResponse("/graphql", 307), methods=["GET"]),
                Route("/graphql", self._endpoint(executor, documents).handle, methods=_ALL_METHODS),
                WebSocketRoute("/graphql", self._websocket(executor, documents).handle),
                Route("/healthz", healthz),
                Route("/readyz", Readyz(self.health).handle),
                Route("/metrics", self._metrics().handle),
                Mount("/static", static_files()),
            ],
            middleware=self._middleware(),
            lifespan=self._lifespan,
        )

    def _middleware(self) -> list[Middleware]:
        origins = self.settings.cors_origins
        repeats, limiter, longest = self.repeats, self._limiter, self.settings.max_body_bytes
        return [
            *([] if repeats is None else [Middleware(Reuse, repeats=repeats, max_body=longest)]),
            *self.observation.middleware(),
            Middleware(ProtectiveHeaders),
            *cors(origins),
            *([] if limiter is None else [Middleware(RateLimit, limiter=limiter)]),
            Middleware(CrossSite, origins=origins),
        ]

    def _repeats(self) -> Repeats | None:
        """None where each request is traced: a trace tells what was done for it."""
        capacity = self.settings.reply_bytes
        if not capacity or self.settings.otel_endpoint is not None:
            return None
        replies = Replies(capacity, self._reply_state)
        self.observation.sources.caches["replies"] = lambda: (replies.hits, replies.misses)
        return Repeats(replies, self.observation.metrics, self._limiter)

    def _reply_state(self) -> State | None:
        """What answers are made of now; None while there is no view that stands."""
        repository = self.repository
        view = repository.held
        if view is None or not repository.stands(view, self._clock()):
            return None
        version = self.store.version()
        return None if version is None else State(view, version)

    def _metrics(self) -> MetricsEndpoint:
        return MetricsEndpoint(
            lambda _: METRICS in self.settings.open_scopes, self.observation.expose
        )

    def _executor(self) -> ObservedExecutor:
        settings = self.settings
        limits = OperationLimits(
            tokens=settings.max_tokens,
            depth=settings.max_depth,
            fields=settings.max_fields,
            roots=settings.max_roots,
            aliases=settings.max_aliases,
            directives=settings.max_directives,
            fragments=settings.max_fragments,
            spreads=settings.max_spreads,
            arguments=settings.max_arguments,
            values=settings.max_values,
            cost=settings.max_cost,
            page=settings.max_page,
        )
        # Strawberry has no public name for the graphql-core schema that it builds.
        schema = build_schema(federation=settings.federation)._schema  # noqa: SLF001
        executor = ObservedExecutor(
            schema,
            limits,
            settings.deadline,
            index_time=settings.max_index_time,
            places=Places(settings.max_concurrent, settings.max_queue, settings.queue_timeout),
            introspection=settings.introspection,
            announce_cost=settings.announce_cost,
        )
        executor.witness = self.observation
        return executor

    def check_documents(self) -> None:
        """Raises SettingsError where the manifest of documents cannot be used."""
        if self.settings.documents is not None or self.settings.documents_only:
            self._documents(self._executor())

    def _documents(self, executor: Executor) -> Documents:
        settings = self.settings
        if settings.documents is None and settings.documents_only:
            message = "documents_only needs documents, or nothing could be asked"
            hint = "Name the manifest in SEALGATE_DOCUMENTS."
            raise SettingsError(Reason.SETTINGS, message, hint=hint)
        path = settings.documents
        documents = ObservedDocuments(
            executor,
            NO_DOCUMENTS if path is None else read_documents(path, executor),
            only_trusted=settings.documents_only,
            capacity=settings.persisted_bytes,
        )
        documents.witness = self.observation
        return documents

    def _endpoint(self, executor: Executor, documents: Documents) -> GraphQLEndpoint:
        settings = self.settings
        return GraphQLEndpoint(
            executor,
            documents,
            self.context,
            self.subscription_context,
            self.streams,
            self._stream_limits(),
            Bounds(settings.max_body_bytes, settings.max_batch),
            settings.graphiql,
            Freshness(settings.max_age, settings.stale_while_revalidate),
        )

    def _websocket(self, executor: Executor, documents: Documents) -> WebSocketEndpoint:
        return WebSocketEndpoint(
            executor,
            documents,
            self.context,
            self.subscription_context,
            self.streams,
            self._stream_limits(),
        )

    def _stream_limits(self) -> StreamLimits:
        return StreamLimits(
            send_timeout=self.settings.send_timeout,
            operations=self.settings.max_subscriptions,
            message_bytes=self.settings.max_body_bytes,
            heartbeat=self.settings.heartbeat,
            message_rate=self.settings.max_message_rate,
        )

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        stop = asyncio.Event()
        following = asyncio.create_task(self.live.run(stop)) if self.settings.watch else None
        try:
            async with self.observation.watching():
                yield
        finally:
            self.streams.ending.set()
            stop.set()
            if following is not None:
                await following


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


def _check_audit(settings: Settings) -> None:
    if settings.audit_required and settings.audit_log is None:
        message = "audit_required needs audit_log, or nothing could ever be written"
        hint = "Name a file in SEALGATE_AUDIT_LOG."
        raise SettingsError(Reason.SETTINGS, message, hint=hint)
