"""Lets callers in, by what is in force at the moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.requests import HTTPConnection

from gateway.access.access import require
from gateway.access.bearer import bearer
from gateway.access.caller import Caller
from gateway.access.guard import Guard
from gateway.access.refusal import TokenError
from gateway.access.scope import Scope

_MEMBER = "authorization"


class Doorkeeper:
    """clock: in Unix seconds; refused: told why a token does not count."""

    def __init__(
        self, guard: Guard, clock: Callable[[], int], refused: Callable[[str], None]
    ) -> None:
        self._guard = guard
        self._clock = clock
        self._refused = refused

    def identify(self, token: str | None) -> Caller:
        """Raises TokenError."""
        return self._guard.access.caller(token, self._clock())

    def stands(self, caller: Caller) -> bool:
        """Whether somebody who was let in may stay."""
        return self._guard.access.stands(caller, self._clock())

    def admit(self, connection: HTTPConnection, payload: Mapping[str, object]) -> Caller:
        """Who opened a WebSocket. Browsers cannot send headers with it, so clients say it in the
        payload of connection_init, in a member called like the header; never in both.

        Raises QueryError: UNAUTHENTICATED or FORBIDDEN.
        """
        lines = connection.headers.getlist(_MEMBER)
        said = [value for name, value in payload.items() if name.lower() == _MEMBER]
        try:
            if not all(isinstance(value, str) for value in said):
                raise TokenError("malformed")
            caller = self.identify(bearer([*lines, *map(str, said)]))
        except TokenError as error:
            self._refused(error.why)
            raise
        require(caller, Scope.READ)
        return caller
