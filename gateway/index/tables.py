"""The tables of the index, for SQLite in memory.

Each row of `entry` stands for one row of the store, under the same id. Times are in microseconds
since 1970, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from gateway.index.rows import Name

metadata = sa.MetaData()

entry = sa.Table(
    Name.ENTRY,
    metadata,
    sa.Column("row_id", sa.Integer, primary_key=True),
    sa.Column("path", sa.Text, nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("type", sa.Text),
    sa.Column("category", sa.Text),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("title_key", sa.Text, nullable=False),
    sa.Column("excerpt", sa.Text),
    sa.Column("published", sa.BigInteger),
    sa.Column("published_key", sa.BigInteger, nullable=False),
    sa.Column("quality", sa.Integer),
    sa.Column("quality_key", sa.BigInteger, nullable=False),
    sa.Column("heat", sa.Integer),
    sa.Column("heat_key", sa.BigInteger, nullable=False),
    sa.Column("provider_name", sa.Text),
    sa.Column("provider_domain", sa.Text),
    sa.Column("has_image", sa.Boolean, nullable=False),
)
sa.Index("entry_newest", entry.c.published_key.desc(), entry.c.path)
sa.Index("entry_best", entry.c.quality_key.desc(), entry.c.path)
sa.Index("entry_hottest", entry.c.heat_key.desc(), entry.c.path)
sa.Index("entry_title", entry.c.title_key, entry.c.path)
sa.Index("entry_provider", entry.c.provider_domain, entry.c.provider_name)

# The topics that content is filed under, by name.
filed = sa.Table(
    Name.FILED,
    metadata,
    sa.Column("row_id", sa.Integer, primary_key=True),
    sa.Column("topic", sa.Text, primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# Every URL that names a record.
address = sa.Table(
    Name.ADDRESS,
    metadata,
    sa.Column("row_id", sa.Integer, primary_key=True),
    sa.Column("url", sa.Text, primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# The related items of articles.
related = sa.Table(
    Name.RELATED,
    metadata,
    sa.Column("row_id", sa.Integer, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("excerpt", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("published", sa.BigInteger, nullable=False),
    sa.Column("quality", sa.Integer, nullable=False),
    sa.Column("provider_name", sa.Text, nullable=False),
    sa.Column("provider_domain", sa.Text, nullable=False),
    sqlite_with_rowid=False,
)

# The URLs by which related items name other articles.
link = sa.Table(
    Name.LINK,
    metadata,
    sa.Column("row_id", sa.Integer, primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("url", sa.Text, primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# The records that a collection holds, by path.
held = sa.Table(
    Name.HELD,
    metadata,
    sa.Column("row_id", sa.Integer, primary_key=True),
    sa.Column("path", sa.Text, primary_key=True, index=True),
    sqlite_with_rowid=False,
)

# The names of topic and organization records; parent is another topic's name.
named = sa.Table(
    Name.NAMED,
    metadata,
    sa.Column("row_id", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("domain", sa.Text),
    sa.Column("parent", sa.Text, index=True),
    sqlite_with_rowid=False,
)

# Full text. Porter's stemmer takes English endings off, and leaves other languages alone.
TEXT_COLUMNS = ("title", "excerpt", "labels", "body")
CREATE_TEXT = (
    "CREATE VIRTUAL TABLE entry_text USING fts5"
    "(title, excerpt, labels, body, tokenize='porter unicode61 remove_diacritics 2')"
)
entry_text = sa.table(Name.ENTRY_TEXT, sa.column("rowid"), *map(sa.column, TEXT_COLUMNS))

TABLES: Mapping[Name, sa.FromClause] = {
    Name(table.name): table for table in (*metadata.sorted_tables, entry_text)
}
