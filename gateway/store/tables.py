"""The tables, for every database that SQLAlchemy speaks to.

A row lives from the snapshot that added it until the one that removed it; a snapshot is the set of
rows that live in it. Nothing is updated in place, so a reader that holds on to a snapshot number
sees the same rows however much is written meanwhile.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

SCHEMA_VERSION = 1

# Compared and ordered by code points, everywhere: what a database thinks of languages would put
# paths into another order than we do, and into another one after its next update.
_TEXT = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = sa.MetaData()

meta = sa.Table(
    "sealgate_meta",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)

snapshots = sa.Table(
    "sealgate_snapshot",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

rows = sa.Table(
    "sealgate_row",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("corpus", _TEXT, nullable=False),
    sa.Column("path", _TEXT, nullable=False),
    sa.Column("added_in", sa.Integer, nullable=False),
    sa.Column("removed_in", sa.Integer, nullable=True),
    # SHA-256 of the file, to see whether it changed; trusted for nothing else.
    sa.Column("file_sha256", sa.LargeBinary, nullable=False),
    # secured and fault are JSON, decoded by gateway.store.row: what a database decodes by itself it
    # also fails on by itself. Null where no canonical bytes could be made; `fault` then says why.
    sa.Column("canonical", sa.LargeBinary, nullable=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("secured", _TEXT, nullable=False),
    sa.Column("fault", _TEXT, nullable=True),
    sa.Index("sealgate_row_life", "removed_in", "added_in"),
    sa.Index("sealgate_row_path", "corpus", "path"),
)

# What could be seen at each path when it last changed: a feed for those who keep a copy.
# Written by gateways, and good for the order of changes only: whether a record can be seen is
# decided by its verdict at every reading.
feed = sa.Table(
    "sealgate_feed",
    metadata,
    sa.Column("corpus", _TEXT, primary_key=True),
    sa.Column("path", _TEXT, primary_key=True),
    # Number of the change; grows by one with every change of the corpus.
    sa.Column("seq", sa.BigInteger, nullable=False),
    # Number of the change that made it visible last.
    sa.Column("published_seq", sa.BigInteger, nullable=False),
    # Of the visible content; null once it cannot be seen any more.
    sa.Column("fingerprint", sa.LargeBinary, nullable=True),
    sa.Index("sealgate_feed_seq", "corpus", "seq", unique=True),
)

# seq: the last number given; snapshot: the newest one whose changes are in the feed; horizon: up to
# which number withdrawals have been forgotten.
feed_state = sa.Table(
    "sealgate_feed_state",
    metadata,
    sa.Column("corpus", _TEXT, primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("snapshot", sa.Integer, nullable=False),
    sa.Column("horizon", sa.BigInteger, nullable=False),
)

# The newest seal ever seen at each path, in Unix seconds by its own word (iat).
seals = sa.Table(
    "sealgate_seal",
    metadata,
    sa.Column("corpus", _TEXT, primary_key=True),
    sa.Column("path", _TEXT, primary_key=True),
    sa.Column("sealed_at", sa.BigInteger, nullable=False),
)

# Since when each withheld record has been, as far as gateways on this store know.
withheld = sa.Table(
    "sealgate_withheld",
    metadata,
    sa.Column("corpus", _TEXT, primary_key=True),
    sa.Column("path", _TEXT, primary_key=True),
    sa.Column("reason", _TEXT, nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False),
)
