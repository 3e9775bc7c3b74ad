"""What docs/access.md tells one to type, typed in; and its scopes are those that there are."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from gateway.access.key_file import read_key_file
from gateway.access.scope import Scope
from tests.support.command import sealgate

TEXT = (Path(__file__).parents[2] / "docs/access.md").read_text(encoding="utf-8")


def test_the_scopes_are_those_that_there_are() -> None:
    table = TEXT.partition("| Scope |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([a-z]+)` \|", table, re.MULTILINE) == [str(scope) for scope in Scope]


def test_the_commands_make_show_and_take_back_a_token(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```console\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    new, listing, revoke, _serve = re.findall(r"^\$ (?:sealgate )?(.*)$", block, re.MULTILINE)
    made = sealgate(*shlex.split(new), cwd=tmp_path)
    assert re.fullmatch(r"sealgate_[0-9a-f]{12}_\S{43}\n", made.stdout), made.stderr
    key_id = made.stdout.split("_")[1]
    shown = sealgate(*shlex.split(listing), cwd=tmp_path)
    assert key_id in shown.stdout
    assert "preview of the site" in shown.stdout
    done = sealgate(*shlex.split(revoke.replace("3f0c…", key_id)), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert read_key_file(tmp_path / "tokens.json") == ()


def test_the_first_message_of_a_socket_is_one() -> None:
    (block,) = re.findall(r"^```json\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert json.loads(block)["type"] == "connection_init"
