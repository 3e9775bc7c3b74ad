"""Every setting, its default, and where it comes from. Nothing else reads the environment.

Order, the first that says something wins: command line, `SEALGATE_*` variables, the file
`sealgate.toml` (or the one that SEALGATE_CONFIG names), the defaults below.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as PydanticSettingsError,
)

from gateway.access.scope import Scope
from gateway.errors import Reason, SettingsError

DEFAULT_FILE = "sealgate.toml"

# What browsers write into the header Origin (RFC 6454, section 6.2); it is compared as text.
_ORIGIN = re.compile(r"https?://[a-z0-9._\-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


def _origin(text: str) -> str:
    if text != "*" and _ORIGIN.fullmatch(text) is None:
        raise ValueError("write origins like https://www.example.org, in lower case, or *")
    return text


Origin = Annotated[str, AfterValidator(_origin)]


def _standard_otel_endpoint() -> str | None:
    """What the variables say that OpenTelemetry defines for all programs."""
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    for_traces = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    for_all = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    return for_traces or (f"{for_all.rstrip('/')}/v1/traces" if for_all else None)


class Settings(BaseSettings):
    """Sizes are in bytes, times in seconds. The descriptions are the documentation."""

    model_config = SettingsConfigDict(env_prefix="SEALGATE_", extra="forbid", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    workers: int = Field(1, ge=1, le=64, description="Processes that share the port.")
    processes: int = Field(
        0, ge=0, le=64, description="Processes that share much work; 0 for one a core, 1 for none."
    )
    corpus: str = Field(
        "demo", min_length=1, max_length=100, description="Name that the seals bind records to."
    )
    seeds: Path = Field(Path("seeds"), description="Folder with the record files.")
    keys: Path = Field(Path("keys"), description="Folder with public keys and policy.yaml.")
    store: str = Field(
        "sqlite:///.sealgate/store.db", description="Database URL of the store, for SQLAlchemy."
    )
    rebuild_store: bool = Field(
        True, description="Set a damaged SQLite store aside and build it anew from the seeds."
    )
    root_key: Path | None = Field(
        None, description="File with the public key whose signature the trust folder needs."
    )
    legacy_key_file: Path | None = Field(
        None, description="File with the raw AES key that opens legacy envelopes."
    )
    watch: bool = Field(True, description="Take up changes of files and keys while running.")
    open_scopes: tuple[Scope, ...] | None = Field(
        None,
        description=(
            "What callers without a token may do; none given is read, and audit where no token"
            " counts."
        ),
    )
    token_file: Path | None = Field(
        None, description="File of the API keys, as sealgate token writes it."
    )
    jwt_keys: Path | None = Field(
        None, description="File with the JWK Set of whoever issues JWTs for this gateway."
    )
    jwt_issuer: str | None = Field(None, description="What iss must be in a JWT.")
    jwt_audience: str | None = Field(None, description="What aud must be, or hold, in a JWT.")
    graphiql: bool = Field(True, description="Show GraphiQL to browsers.")
    log_format: Literal["auto", "json", "text"] = Field(
        "auto", description="auto is text on a terminal and JSON elsewhere."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least severe events that are logged."
    )
    audit_log: Path | None = Field(
        None, description="File of the audit trail; none leaves it to the log."
    )
    audit_required: bool = Field(
        False, description="Refuse what the audit trail should tell of and cannot."
    )
    otel_endpoint: str | None = Field(
        default_factory=_standard_otel_endpoint,
        description="URL that traces are sent to, as OTLP over HTTP; none for no traces.",
    )
    max_file_bytes: int = Field(1 << 20, ge=1024, description="Largest record file.")
    max_body_bytes: int = Field(1 << 17, ge=1024, description="Largest request body.")
    max_tokens: int = Field(4000, ge=50, description="Lexical tokens in one document.")
    max_depth: int = Field(16, ge=4, description="Nested fields in one operation.")
    max_fields: int = Field(500, ge=10, description="Fields in one operation, fragments spread.")
    max_roots: int = Field(20, ge=1, description="Fields at the root of one operation.")
    max_aliases: int = Field(100, ge=1, description="Renamed fields in one document.")
    max_directives: int = Field(50, ge=1, description="Directives in one document.")
    max_fragments: int = Field(50, ge=1, description="Fragments that one document defines.")
    max_spreads: int = Field(100, ge=1, description="Uses of fragments in one document.")
    max_arguments: int = Field(300, ge=1, description="Arguments in one document.")
    max_values: int = Field(
        2000, ge=1, description="Values in one document, and again in the variables."
    )
    max_cost: int = Field(
        25_000, ge=100, description="Fields times their lists, and 200 for each list cut by first."
    )
    max_answer_bytes: int = Field(
        1 << 23, ge=1 << 16, description="Longest answer, or part of one."
    )
    max_batch: int = Field(
        1, ge=1, le=100, description="Operations in one request, sent as a list; 1 for no lists."
    )
    max_index_time: float = Field(
        0.5, gt=0, description="Seconds that the index may work on one operation."
    )
    max_concurrent: int = Field(64, ge=1, description="Operations executed at once.")
    max_queue: int = Field(256, ge=0, description="Operations that may wait for their turn.")
    queue_timeout: float = Field(2.0, gt=0, description="Seconds that they may wait.")
    rate_limit: float = Field(
        100.0, ge=0, description="Requests a second of one client, in the long run; 0 for any."
    )
    rate_burst: int = Field(1000, ge=1, description="Requests of one client at once.")
    trusted_proxies: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"),
        description="Addresses or networks whose X-Forwarded-For says who the client is.",
    )
    announce_cost: bool = Field(False, description="Say in extensions.cost what a query cost.")
    introspection: bool = Field(
        True, description="Tell clients the schema, and suggest names of it in errors."
    )
    max_page: int = Field(100, ge=1, le=1000, description="Longest page of a list.")
    deadline: float = Field(10.0, gt=0, description="Seconds that one operation may take.")
    max_subscriptions: int = Field(
        16, ge=1, description="Operations at once on one WebSocket connection."
    )
    send_timeout: float = Field(
        10.0, gt=0, description="Seconds that a client may take to accept what is sent."
    )
    header_timeout: float = Field(
        10.0, gt=0, description="Seconds that the headers of a request may take to arrive."
    )
    body_timeout: float = Field(
        20.0, gt=0, description="Seconds that its body may take after them."
    )
    keep_alive_timeout: float = Field(
        15.0, gt=0, description="Seconds that a connection may wait for its next request."
    )
    max_connections: int = Field(
        2000, ge=1, description="Connections at once, of each of the workers."
    )
    max_streams: int = Field(
        4000, ge=1, description="Streams and subscriptions at once, of each of the workers."
    )
    max_message_rate: int = Field(
        100, ge=1, description="Messages a second from one WebSocket client."
    )
    max_url_bytes: int = Field(1 << 16, ge=1024, description="Longest URL.")
    max_header_bytes: int = Field(
        1 << 15, ge=1024, description="Headers of one request; never more than 100 lines."
    )
    heartbeat: float = Field(
        15.0, gt=0, description="Seconds between signs of life while a subscriber waits."
    )
    max_age: int = Field(
        0, ge=0, description="Seconds that caches may use an answer without asking anew."
    )
    stale_while_revalidate: int = Field(
        0, ge=0, description="Seconds more that they may use it while they ask anew."
    )
    persisted_bytes: int = Field(
        1 << 22, ge=0, description="Memory for documents that clients name by hash; 0 for none."
    )
    documents: Path | None = Field(
        None, description="Manifest of the trusted documents, which clients name by id."
    )
    documents_only: bool = Field(False, description="Execute nothing but trusted documents.")
    federation: bool = Field(False, description="Answer as a subgraph of Apollo Federation 2.")
    cors_origins: tuple[Origin, ...] = Field(
        (), description="Web sites whose pages may read answers; * for all of them."
    )
    cache_bytes: int = Field(
        1 << 27, ge=0, description="Memory for remembered verdicts, and as much for records."
    )
    view_bytes: int = Field(
        1 << 30, ge=0, description="Memory for views of older snapshots and the newest, and disk."
    )
    reply_bytes: int = Field(
        1 << 28, ge=0, description="Memory for whole responses, for requests that come again."
    )

    @property
    def public_scopes(self) -> tuple[Scope, ...]:
        """What callers without a token may do."""
        if self.open_scopes is not None:
            return self.open_scopes
        guarded = self.token_file is not None or self.jwt_keys is not None
        return (Scope.READ,) if guarded else (Scope.READ, Scope.AUDIT)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  part of the signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        named = os.environ.get("SEALGATE_CONFIG", DEFAULT_FILE)
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, Path(named))


def read_settings(**given: Any) -> Settings:
    """Settings with what the command line gave on top; None means that it gave nothing.

    Raises SettingsError naming the setting and its variable.
    """
    named = os.environ.get("SEALGATE_CONFIG")
    if named is not None and not os.path.isfile(named):  # which a name that cannot be is not
        raise SettingsError(Reason.SETTINGS, "SEALGATE_CONFIG names no file", path=named)
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise SettingsError(
            Reason.SETTINGS,
            f"{name}: {first['msg']}",
            hint=f"Correct SEALGATE_{name.upper()} or the line in {DEFAULT_FILE}.",
        ) from None
    except (PydanticSettingsError, OSError, ValueError, RecursionError) as error:
        raise SettingsError(Reason.SETTINGS, f"unreadable settings: {error}") from None
