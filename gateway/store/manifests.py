"""Which manifest of a trust folder was in force last, so that none comes back.

The rules are those of TUF, section 5.5.5 and 5.3.11 of its specification: a number never goes down;
when the root key is another one, numbers begin anew, since whoever had the old one may have signed
the highest number there is.
"""

from __future__ import annotations

import orjson
import sqlalchemy as sa

from gateway.errors import PolicyError, Reason
from gateway.store.damage import damaged, number, octets
from gateway.store.store import Store
from gateway.store.tables import meta
from gateway.trust.manifest import Manifest


def advance(store: Store, manifest: Manifest) -> None:
    """Remember a manifest that is about to be in force.

    Raises PolicyError(MANIFEST_ROLLBACK) when a later one was, or another one of the same number.
    """
    name = f"manifest:{manifest.root}"
    value = orjson.dumps([manifest.version, manifest.digest])
    with store.writing() as connection:
        known = connection.execute(sa.select(meta.c.value).where(meta.c.name == name)).scalar()
        if known is None:
            connection.execute(sa.insert(meta).values(name=name, value=value))
        elif octets(known) != value:
            _check(manifest, *_read(octets(known)))
            connection.execute(sa.update(meta).where(meta.c.name == name).values(value=value))


def _read(known: bytes) -> tuple[int, str]:
    try:
        version, digest = orjson.loads(known)
    except ValueError:  # orjson's own error is one, too
        raise damaged("the version of the manifest is something else") from None
    return number(version), str(digest)


def _check(manifest: Manifest, version: int, digest: str) -> None:
    if manifest.version > version:
        return
    message = f"version {manifest.version} of the manifest, but version {version} was in force"
    if manifest.version == version and manifest.digest != digest:
        message = f"another version {version} of the manifest was in force"
    hint = "Bring the newest trust folder back; a new one needs a higher number."
    raise PolicyError(Reason.MANIFEST_ROLLBACK, message, hint=hint)
