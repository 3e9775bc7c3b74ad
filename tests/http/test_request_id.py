"""Each request has a name of its own, or the one that its client gave it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from gateway.http.request_id import request_id_of


def named(value: bytes) -> str:
    return request_id_of({"headers": [(b"host", b"h"), (b"x-request-id", value)]})


def new() -> str:
    return request_id_of({"headers": []})


def test_no_two_are_the_same_however_many_are_drawn() -> None:
    found = [new() for _ in range(3000)]
    assert len(set(found)) == 3000
    assert {len(one) for one in found} == {16}
    assert all(set(one) <= set("0123456789abcdef") for one in found)


@pytest.mark.parametrize("value", [b"a", b"trace-1.2_3", b"x" * 64])
def test_what_the_client_sent_is_passed_on(value: bytes) -> None:
    assert named(value) == value.decode()


@pytest.mark.parametrize("value", [b"", b"x" * 65, b"a b", b"a\nb", "é".encode(), b"a;b"])
def test_what_could_do_harm_in_a_log_is_not(value: bytes) -> None:
    assert len(named(value)) == 16
    assert named(value) != value.decode()


FORKED = """
import os
from gateway.http.request_id import request_id_of
new = lambda: request_id_of({"headers": []})
new()
reader, writer = os.pipe()
if os.fork() == 0:
    os.write(writer, new().encode())
    os._exit(0)
os.wait()
print(os.read(reader, 16).decode(), new())
"""


def test_a_forked_process_draws_others_than_its_parent() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORKED], capture_output=True, text=True, check=True
    )
    theirs, ours = done.stdout.split()
    assert theirs != ours
