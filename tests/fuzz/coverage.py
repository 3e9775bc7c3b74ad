"""The parsers under Atheris, which sees what of our code an input reaches, and goes on from there.

`make fuzz-coverage` gives each parser half a minute; for others:

    python -m tests.fuzz.coverage SECONDS [NAME...]

Each parser runs in a process of its own. Inputs that reached something new are kept in `.fuzz/` for
the next time; so is the one that made a parser fail, which is printed as well.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import subprocess
import sys
from pathlib import Path

from tests.support.mutations import ODD

FOLDER = Path(".fuzz")
ONE = "--one"


def fuzz_one(name: str, arguments: list[str]) -> None:
    """Ends the process: what comes after a fuzzing run is libFuzzer's business."""
    atheris = importlib.import_module("atheris")
    with (
        contextlib.redirect_stderr(io.StringIO()),  # a line for each module
        atheris.instrument_imports(include=["gateway", "schema"]),
    ):
        parsers = importlib.import_module("tests.fuzz.test_parsers").PARSERS
    parser = next(parser for parser in parsers if parser.name == name)

    def run(data: bytes) -> None:
        parser.accepts(data)

    atheris.Setup([sys.argv[0], *arguments], run)
    atheris.Fuzz()


def _prepared(name: str, seeds: list[bytes], words: list[bytes]) -> list[str]:
    """The arguments for libFuzzer: the inputs to begin with, and the words of the language."""
    folder = FOLDER / name.replace(" ", "-")
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed-{number}").write_bytes(seed)
    dictionary = folder.with_suffix(".dict")
    escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in words)
    dictionary.write_text("".join(f'"{word}"\n' for word in escaped), encoding="ascii")
    return [str(folder), f"-dict={dictionary}", f"-artifact_prefix={folder}-"]


def main(seconds: str, *names: str) -> int:
    """How many parsers failed."""
    parsers = importlib.import_module("tests.fuzz.test_parsers").PARSERS
    failed = 0
    for parser in parsers:
        if names and parser.name not in names:
            continue
        print(f"== {parser.name}", flush=True)  # noqa: T201  this is a command
        arguments = _prepared(parser.name, list(parser.seeds), [*parser.words, *ODD])
        bounds = [f"-max_total_time={seconds}", "-max_len=4096", "-rss_limit_mb=1024"]
        command = [sys.executable, "-W", "ignore", "-m", "tests.fuzz.coverage", ONE, parser.name]
        quiet = ["-verbosity=0", "-print_final_stats=1"]
        failed += bool(
            subprocess.run([*command, *arguments, *bounds, *quiet], check=False).returncode
        )
    return failed


if __name__ == "__main__":
    if sys.argv[1] == ONE:
        fuzz_one(sys.argv[2], sys.argv[3:])
    sys.exit(main(*sys.argv[1:]))
