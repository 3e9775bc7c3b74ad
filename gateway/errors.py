"""The one error type that leaves Sealgate's own code, and every reason code there is.

A code is part of the interface: scripts match on it, docs/verdicts.md lists it, and it never
changes its meaning. The message may be reworded at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import Any, TypedDict


class Reason(StrEnum):
    """Stable codes: why a record is not served, or why a command refused to go on."""

    OK = "OK"

    # Files (gateway.frontmatter.source)
    FILE_NOT_FOUND = "FILE_NOT_FOUND"
    FILE_UNREADABLE = "FILE_UNREADABLE"
    FILE_NOT_REGULAR = "FILE_NOT_REGULAR"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FILE_INCOMPLETE = "FILE_INCOMPLETE"
    PATH_UNUSABLE = "PATH_UNUSABLE"

    # Front matter (gateway.frontmatter)
    NOT_UTF8 = "NOT_UTF8"
    FRONT_MATTER_MISSING = "FRONT_MATTER_MISSING"
    FRONT_MATTER_NOT_MAPPING = "FRONT_MATTER_NOT_MAPPING"
    YAML_SYNTAX = "YAML_SYNTAX"
    YAML_TOO_DEEP = "YAML_TOO_DEEP"
    YAML_TOO_MANY_NODES = "YAML_TOO_MANY_NODES"
    YAML_DUPLICATE_KEY = "YAML_DUPLICATE_KEY"
    YAML_KEY_NOT_STRING = "YAML_KEY_NOT_STRING"
    YAML_MERGE_KEY = "YAML_MERGE_KEY"
    YAML_TAG = "YAML_TAG"
    YAML_ANCHOR = "YAML_ANCHOR"
    YAML_DIRECTIVE = "YAML_DIRECTIVE"
    YAML_SECOND_DOCUMENT = "YAML_SECOND_DOCUMENT"
    YAML_NUMBER_RANGE = "YAML_NUMBER_RANGE"
    YAML_NUL = "YAML_NUL"

    # Shape of the modelled kinds (gateway.records)
    KIND_NOT_MODELLED = "KIND_NOT_MODELLED"
    RECORD_SHAPE = "RECORD_SHAPE"

    # The bytes that were judged (gateway.canonical, gateway.verdict, gateway.repository)
    CANONICAL_UNREADABLE = "CANONICAL_UNREADABLE"
    CANONICAL_MISMATCH = "CANONICAL_MISMATCH"
    BODY_MISMATCH = "BODY_MISMATCH"
    ROW_CHANGED = "ROW_CHANGED"

    # Envelopes (gateway.envelope)
    SECURED_MISSING = "SECURED_MISSING"
    SECURED_SHAPE = "SECURED_SHAPE"
    ENVELOPE_SHAPE = "ENVELOPE_SHAPE"
    JWS_ENCODING = "JWS_ENCODING"
    JWS_HEADER = "JWS_HEADER"
    JWS_TYPE = "JWS_TYPE"
    JWS_CRIT = "JWS_CRIT"
    JWS_KEY_IN_HEADER = "JWS_KEY_IN_HEADER"
    LEGACY_ENCODING = "LEGACY_ENCODING"
    LEGACY_NO_KEY = "LEGACY_NO_KEY"
    LEGACY_REJECTED = "LEGACY_REJECTED"
    LEGACY_ANONYMOUS = "LEGACY_ANONYMOUS"

    # Signatures, keys and policy (gateway.verdict)
    ALG_UNSUPPORTED = "ALG_UNSUPPORTED"
    ALG_MISMATCH = "ALG_MISMATCH"
    KEY_UNKNOWN = "KEY_UNKNOWN"
    KEY_NOT_FOR_CORPUS = "KEY_NOT_FOR_CORPUS"
    KEY_EXPIRED = "KEY_EXPIRED"
    KEY_NOT_YET_VALID = "KEY_NOT_YET_VALID"
    KEY_REVOKED = "KEY_REVOKED"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    SIGNED_IN_FUTURE = "SIGNED_IN_FUTURE"
    SIGNED_OUTSIDE_KEY_VALIDITY = "SIGNED_OUTSIDE_KEY_VALIDITY"
    SIGNATURE_TOO_OLD = "SIGNATURE_TOO_OLD"
    THRESHOLD_NOT_MET = "THRESHOLD_NOT_MET"
    POST_QUANTUM_MISSING = "POST_QUANTUM_MISSING"
    CLASSICAL_MISSING = "CLASSICAL_MISSING"
    TRUST_EXPIRED = "TRUST_EXPIRED"
    REPLAYED = "REPLAYED"

    # Trust directory (gateway.keys, gateway.trust)
    KEY_FILE = "KEY_FILE"
    KEY_PRIVATE = "KEY_PRIVATE"
    KEY_WEAK = "KEY_WEAK"
    KEY_DUPLICATE = "KEY_DUPLICATE"
    TRUST_EMPTY = "TRUST_EMPTY"
    POLICY_FILE = "POLICY_FILE"
    MANIFEST_FILE = "MANIFEST_FILE"
    MANIFEST_MISMATCH = "MANIFEST_MISMATCH"
    MANIFEST_ROLLBACK = "MANIFEST_ROLLBACK"

    # Running it (gateway.settings, gateway.store, gateway.http, gateway.cli)
    SETTINGS = "SETTINGS"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
    STORE_SCHEMA = "STORE_SCHEMA"
    STORE_OUTDATED = "STORE_OUTDATED"
    STORE_DAMAGED = "STORE_DAMAGED"
    STORE_FULL = "STORE_FULL"
    STORE_REBUILT = "STORE_REBUILT"
    SEEDS_MISSING = "SEEDS_MISSING"
    PROCESS_LOST = "PROCESS_LOST"
    AUDIT_UNAVAILABLE = "AUDIT_UNAVAILABLE"
    SEAL_REFUSED = "SEAL_REFUSED"
    RECORD_WITHHELD = "RECORD_WITHHELD"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    TOKEN_FILE = "TOKEN_FILE"  # noqa: S105  a code, no secret
    BAD_USER_INPUT = "BAD_USER_INPUT"
    CURSOR_INVALID = "CURSOR_INVALID"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"

    # GraphQL requests (gateway.execution, gateway.http); the first two as Apollo Server names them
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND"
    OPERATION_TOO_LARGE = "OPERATION_TOO_LARGE"
    INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    OVERLOADED = "OVERLOADED"
    RATE_LIMITED = "RATE_LIMITED"
    BAD_REQUEST = "BAD_REQUEST"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    BATCH_TOO_LARGE = "BATCH_TOO_LARGE"
    URL_TOO_LONG = "URL_TOO_LONG"
    HEADERS_TOO_LARGE = "HEADERS_TOO_LARGE"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    MEDIA_TYPE_UNSUPPORTED = "MEDIA_TYPE_UNSUPPORTED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    CSRF_REFUSED = "CSRF_REFUSED"

    # Documents that are named instead of sent (gateway.http); Apollo's words where it has some
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"
    PERSISTED_QUERY_HASH_MISMATCH = "PERSISTED_QUERY_HASH_MISMATCH"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    DOCUMENTS_FILE = "DOCUMENTS_FILE"
    INTERNAL = "INTERNAL"


class ErrorDocument(TypedDict, total=False):
    """What `--json` prints for an error."""

    code: str
    message: str
    path: str
    line: int
    hint: str


class SealgateError(Exception):
    """What happened, where, and what to do next.

    `line` counts from 1. `path` is the path as the reader of the message knows it. `hint` is a
    whole sentence in the imperative, or empty.
    """

    def __init__(
        self,
        code: Reason,
        message: str,
        *,
        path: str | None = None,
        line: int | None = None,
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path
        self.line = line
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """Exceptions are made anew from their positional arguments, which would not do here."""
        named: dict[str, Any] = {"path": self.path, "line": self.line, "hint": self.hint}
        return partial(type(self), self.code, self.message, **named), ()

    def at(self, path: str) -> SealgateError:
        """The same error, now that the caller knows which file it is about."""
        return type(self)(self.code, self.message, path=path, line=self.line, hint=self.hint)

    def on(self, line: int) -> SealgateError:
        """The same error, now that the caller knows which line it is about."""
        return type(self)(self.code, self.message, path=self.path, line=line, hint=self.hint)

    @property
    def where(self) -> str:
        """`path:line`, as editors understand it; empty when neither is known."""
        line = f"line {self.line}" if self.path is None else str(self.line)
        parts = [self.path] if self.path is not None else []
        return ":".join(parts + ([line] if self.line is not None else []))

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.message} [{self.code}]"

    def diagnostics(self) -> str:
        """The text for a person at a terminal: the error and, below it, what to do."""
        return f"{self}\n  {self.hint}" if self.hint else str(self)

    def document(self) -> ErrorDocument:
        """The same for a script."""
        document = ErrorDocument(code=str(self.code), message=self.message)
        if self.path is not None:
            document["path"] = self.path
        if self.line is not None:
            document["line"] = self.line
        if self.hint:
            document["hint"] = self.hint
        return document


class FrontMatterError(SealgateError):
    """A record file that cannot be read as front matter and body."""


class CanonicalError(SealgateError):
    """A value that has no RFC 8785 form."""


class EnvelopeError(SealgateError):
    """A `secured` entry that is not a well-formed envelope."""


class RecordShapeError(SealgateError):
    """A record whose fields do not have the types of its kind."""


class KeyFileError(SealgateError):
    """A key file that cannot be used."""


class PolicyError(SealgateError):
    """A policy file that cannot be used."""


class SettingsError(SealgateError):
    """A setting with an unusable value."""


class StoreError(SealgateError):
    """The store cannot be opened, read or written."""


class SealError(SealgateError):
    """A file that `seal` will not sign or cannot rewrite."""


class QueryError(SealgateError):
    """An argument of a query that cannot be honoured, or a record that it names and may not see.

    details: further members for the `extensions` of the GraphQL error.
    """

    details: Mapping[str, object] = MappingProxyType({})

    def with_details(self, **details: object) -> QueryError:
        self.details = details
        return self
