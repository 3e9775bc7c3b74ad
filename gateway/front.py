"""What stands between the network and a gateway: one ASGI application."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route, WebSocketRoute

from gateway.access.caller import Caller
from gateway.errors import Reason, SettingsError
from gateway.execution.executor import Executor
from gateway.execution.limits import Limits
from gateway.execution.places import Places
from gateway.http.caching import Freshness
from gateway.http.cors import cors
from gateway.http.csrf import CrossSite
from gateway.http.direct import Direct
from gateway.http.documents import NO_DOCUMENTS, read_documents
from gateway.http.doorkeeper import Doorkeeper
from gateway.http.endpoint import Bounds, GraphQLEndpoint
from gateway.http.graphiql import static_files
from gateway.http.health import Health, Readyz, healthz
from gateway.http.identity import Admission, Identity
from gateway.http.metrics import MetricsEndpoint
from gateway.http.persisted import Documents
from gateway.http.protective import ProtectiveHeaders
from gateway.http.rate import Limiter, RateLimit
from gateway.http.reuse import Repeats, Reuse
from gateway.http.streams import StreamLimits, Streams
from gateway.http.websocket import WebSocketEndpoint
from gateway.observe.observation import Observation
from gateway.observe.operations import ObservedDocuments, ObservedExecutor
from gateway.settings import Settings
from schema.build import build_schema
from schema.context import Context
from schema.subscription import SubscriptionContext

# The endpoint itself refuses what it does not serve, in the form that GraphQL clients read.
_ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


class Contexts(Protocol):
    """Who makes what an operation is executed with, for a caller; None is anybody."""

    async def context(self, caller: Caller | None = None) -> Context: ...

    def context_at_hand(self, version: int) -> Context | None: ...

    async def subscription_context(self, caller: Caller | None = None) -> SubscriptionContext: ...


class Front:
    """repeats: what knows the answers to requests that come again; limiter: None where clients may
    send as much as they like.

    Raises SettingsError where the manifest of documents cannot be used.
    """

    def __init__(
        self,
        settings: Settings,
        contexts: Contexts,
        observation: Observation,
        health: Health,
        streams: Streams,
        doorkeeper: Doorkeeper,
        repeats: Repeats | None,
        limiter: Limiter | None,
    ) -> None:
        self._settings = settings
        self._contexts = contexts
        self._observation = observation
        self._health = health
        self._streams = streams
        self._doorkeeper = doorkeeper
        self._repeats = repeats
        self._limiter = limiter
        self._executor = executor_for(settings, observation)
        self._documents = documents_for(settings, observation, self._executor)

    def application(self, lifespan: Lifespan) -> Starlette:
        """lifespan: what goes on while it serves."""
        executor, documents = self._executor, self._documents
        sources = self._observation.sources
        sources.caches["documents"] = executor.document_hits
        sources.caches["fragments"] = lambda: executor.plans.fragments.hits
        sources.fallbacks = lambda: executor.plans.fallbacks
        if self._repeats is not None:
            longest = self._settings.max_body_bytes
            self._repeats.maker = Direct(
                executor, documents, self._contexts.context_at_hand, longest
            )
        return Starlette(
            routes=[
                Route("/", RedirectResponse("/graphql", 307), methods=["GET"]),
                Route("/graphql", self._endpoint().handle, methods=_ALL_METHODS),
                WebSocketRoute("/graphql", self._websocket().handle),
                Route("/healthz", healthz),
                Route("/readyz", Readyz(self._health).handle),
                Route("/metrics", MetricsEndpoint(self._observation.expose).handle),
                Mount("/static", static_files()),
            ],
            middleware=self._middleware(),
            lifespan=lifespan,
        )

    def _middleware(self) -> list[Middleware]:
        origins = self._settings.cors_origins
        repeats, limiter, longest = self._repeats, self._limiter, self._settings.max_body_bytes
        return [
            *([] if repeats is None else [Middleware(Reuse, repeats=repeats, max_body=longest)]),
            *self._observation.middleware(),
            Middleware(ProtectiveHeaders),
            *cors(origins),
            Middleware(Identity, identify=self._doorkeeper.identify),
            *([] if limiter is None else [Middleware(RateLimit, limiter=limiter)]),
            Middleware(CrossSite, origins=origins),
            Middleware(Admission, refused=self._observation.trail.token_refused),
        ]

    def _endpoint(self) -> GraphQLEndpoint:
        settings = self._settings
        return GraphQLEndpoint(
            self._executor,
            self._documents,
            self._contexts.context,
            self._contexts.subscription_context,
            self._streams,
            self._stream_limits(),
            Bounds(settings.max_body_bytes, settings.max_batch),
            settings.graphiql,
            Freshness(settings.max_age, settings.stale_while_revalidate),
        )

    def _websocket(self) -> WebSocketEndpoint:
        return WebSocketEndpoint(
            self._executor,
            self._documents,
            self._contexts.context,
            self._contexts.subscription_context,
            self._streams,
            self._stream_limits(),
            self._doorkeeper,
        )

    def _stream_limits(self) -> StreamLimits:
        return StreamLimits(
            send_timeout=self._settings.send_timeout,
            operations=self._settings.max_subscriptions,
            message_bytes=self._settings.max_body_bytes,
            heartbeat=self._settings.heartbeat,
            message_rate=self._settings.max_message_rate,
        )


def executor_for(settings: Settings, observation: Observation) -> ObservedExecutor:
    """What executes operations, within the bounds of the settings."""
    limits = Limits(
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
        answer=settings.max_answer_bytes,
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
    executor.witness = observation
    return executor


def documents_for(settings: Settings, observation: Observation, executor: Executor) -> Documents:
    """Raises SettingsError where the manifest of documents cannot be used."""
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
    documents.witness = observation
    return documents
