"""One entry of `secured`: which envelope it is, and the list they come in."""

from __future__ import annotations

from gateway.envelope.jws import DetachedJws, parse_jws
from gateway.envelope.legacy import LegacyEnvelope, parse_legacy
from gateway.errors import EnvelopeError, Reason

Envelope = DetachedJws | LegacyEnvelope

MAX_ENVELOPES = 16
MAX_ENVELOPE_CHARS = 16_384


def parse_envelope(text: str) -> Envelope:
    """Raises EnvelopeError: `;` makes it legacy, `.` makes it JWS, anything else is neither."""
    if len(text) > MAX_ENVELOPE_CHARS:
        raise EnvelopeError(Reason.ENVELOPE_SHAPE, f"longer than {MAX_ENVELOPE_CHARS} characters")
    if ";" in text:
        return parse_legacy(text)
    if "." in text:
        return parse_jws(text)
    raise EnvelopeError(Reason.ENVELOPE_SHAPE, "neither header..signature nor ciphertext;iv")


def read_secured(value: object) -> tuple[str, ...]:
    """The entries of the front matter's `secured`: a string or a list of strings; absent is ().

    Raises EnvelopeError(SECURED_SHAPE) for other types and for longer lists than MAX_ENVELOPES.
    """
    match value:
        case None:
            return ()
        case str():
            return (value,)
        case list() if len(value) <= MAX_ENVELOPES and all(isinstance(v, str) for v in value):
            return tuple(value)
    raise EnvelopeError(
        Reason.SECURED_SHAPE,
        f"secured must be a string or a list of at most {MAX_ENVELOPES} strings",
        hint="Remove the field and seal the file again.",
    )
