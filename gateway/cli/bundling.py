"""What `export --bundle` does once its settings are known."""

from __future__ import annotations

import time
from pathlib import Path

from gateway.cli.output import opened
from gateway.cli.paths import paths_in_corpus
from gateway.corpus.claim import claim_file
from gateway.errors import Reason, SealgateError
from gateway.export.bundle import bundle
from gateway.frontmatter.limits import Limits
from gateway.settings import Settings
from gateway.trust.directory import read_trust, signed_files
from gateway.verdict.verify import verify


def run_bundle(settings: Settings, given: Path, output: Path | None) -> None:
    """Write the bundle of one record to a file or to standard output. Raises SealgateError."""
    path = _record_path(settings.seeds, given)
    trust = read_trust(settings.keys, settings.legacy_key_file, settings.root_key)
    files = signed_files(settings.keys)
    limits = Limits(file_bytes=settings.max_file_bytes)
    raw = claim_file(settings.corpus, settings.seeds, path, limits)
    data = bundle(verify(raw, trust, int(time.time())), files)
    with opened(output) as file:
        file.write(data)


def _record_path(seeds: Path, given: Path) -> str:
    """A file, or a path inside the corpus, as GraphQL names records. Raises SealgateError."""
    chosen = given if given.exists() else seeds / given
    if chosen.is_dir():
        hint = "Name one record file: --bundle PATH."
        raise SealgateError(Reason.PATH_UNUSABLE, "a folder", path=str(given), hint=hint)
    (path,) = paths_in_corpus(seeds, [chosen])
    return path
