"""The wheel holds all that the program needs, and runs away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_module_and_every_file_it_reads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    for package in ("gateway", "schema"):
        for path in (ROOT / package).rglob("*"):
            if path.suffix in {".py", ".graphql", ".html", ".js", ".css"}:
                assert path.relative_to(ROOT).as_posix() in packed
        assert f"{package}/py.typed" in packed
    assert "gateway/http/static/graphiql/main.js" in packed
    assert not any(name.startswith(("tests/", "seeds/", "keys/")) for name in packed)


def test_the_wheel_runs_from_a_clean_environment_outside_of_the_checkout(
    wheel: Path, tmp_path: Path
) -> None:
    """Its own code comes from the wheel; the locked libraries are borrowed from this one."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", "clean"], cwd=tmp_path, check=True
    )
    site = next((tmp_path / "clean/lib").glob("python*")) / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    borrowed = next(path for path in sys.path if path.endswith("site-packages"))
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
    }
    program = (
        f"import sys; sys.path.append({borrowed!r});"
        "import gateway, gateway.cli.main as main;"
        "assert 'clean' in gateway.__file__, gateway.__file__;"
        "sys.argv = ['sealgate', 'schema', 'export']; main.main()"
    )
    python = tmp_path / "clean/bin/python"
    done = subprocess.run(
        [python, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (ROOT / "schema/schema.graphql").read_text(encoding="utf-8")
