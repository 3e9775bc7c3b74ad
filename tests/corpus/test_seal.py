"""Sealing adds an envelope and leaves every other byte alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.corpus.claim import claim_bytes, claim_file
from gateway.corpus.layout import is_record_path, printable_path, record_paths
from gateway.corpus.seal import _replace, seal_bytes, seal_file
from gateway.errors import Reason, SealgateError
from gateway.frontmatter.limits import Limits
from gateway.verdict.status import Status
from gateway.verdict.verify import verify
from tests.support.fuzz import fuzz
from tests.support.publisher import NOW, Publisher, trust_in

LIMITS = Limits()
ONE, TWO = Publisher("k1"), Publisher("k2", alg="ES256")


def seal(data: bytes, publisher: Publisher = ONE) -> bytes:
    return seal_bytes("demo", "_news/a.md", data, publisher.key, NOW, LIMITS)


def envelopes(data: bytes) -> tuple[str, ...]:
    return claim_bytes("demo", "_news/a.md", data, LIMITS).secured


def without_secured(data: bytes) -> bytes:
    lines = data.splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith((b"secured:", b"  - ")))


FILES = [
    b"---\ntitle: x\n---\n",
    b"---\ntitle: x\n---",
    b"---\ntitle: x # kept\n\n# a comment\n---\nBody --- text\n---\n",
    b"---\r\ntitle: x\r\nmore: |\r\n  lines\r\n---\r\nbody\r\n",
    b"---\ntitle: x\nsecured: old\n---\n",
    b'---\nsecured: "AAAAAAAAAAAAAAAAAAAAAA==;AAAAAAAAAAAAAAAAAAAAAA=="\ntitle: x\n---\nb',
    b"---\nsecured:\n- a\n- b\n\ntitle: x\n---\n",
    b"---\ntitle: {secured: inner}\nsecured: [a,\n  b]\nz: 1\n---\n",
    b"---\n\"secured\": 'a'\ntitle: secured\n---\n",
    b"---\nsecured: x # c1\n\n# about b\nb: 2\n---\n",
    b"---\nsecured: x\n# last words\n---\n",
    '---\na: "x\u2028y"\nsecured: z\nb: "\u0085"\n---\n'.encode(),
    "---\nä: 1\nsecured: z\nb: 2\n---\n".encode(),
]


@pytest.mark.parametrize("data", FILES)
def test_a_sealed_file_verifies_and_keeps_its_content(data: bytes) -> None:
    before = claim_bytes("demo", "_news/a.md", data, LIMITS)
    sealed = seal(data)
    after = claim_bytes("demo", "_news/a.md", sealed, LIMITS)
    assert after.canonical == before.canonical
    assert after.body == before.body
    assert after.secured[:-1] == before.secured
    assert verify(after, trust_in(ONE.public()), NOW).status is Status.VERIFIED


@pytest.mark.parametrize("data", FILES[:4])
def test_every_byte_outside_of_secured_stays(data: bytes) -> None:
    assert without_secured(seal(data)) == data


@pytest.mark.parametrize(
    ("data", "kept"), [(FILES[9], b"\n# about b\nb: 2\n---\n"), (FILES[10], b"# last words\n---\n")]
)
def test_comments_behind_secured_stay(data: bytes, kept: bytes) -> None:
    assert seal(data).endswith(kept)


def test_an_envelope_from_the_future_is_replaced(root: Path) -> None:
    seal_file("demo", root, "_news/a.md", ONE.key, NOW + 1000, LIMITS)
    assert seal_file("demo", root, "_news/a.md", ONE.key, NOW, LIMITS).changed
    assert len(claim_file("demo", root, "_news/a.md", LIMITS).secured) == 1


def test_the_line_ends_of_the_file_are_used() -> None:
    assert b"\n" not in seal(FILES[3]).replace(b"\r\n", b"")


def test_a_key_replaces_its_own_envelope_and_keeps_those_of_others() -> None:
    once = seal(FILES[0])
    both = seal(once, TWO)
    again = seal(both)
    assert len(envelopes(both)) == len(envelopes(again)) == 2
    assert envelopes(again)[0] == envelopes(both)[1]


def test_there_are_never_more_than_sixteen_envelopes() -> None:
    full = b"---\nsecured: [" + b", ".join(b"a%d" % n for n in range(16)) + b"]\n---\n"
    with pytest.raises(SealgateError) as caught:
        seal(full)
    assert caught.value.code is Reason.SEAL_REFUSED


@pytest.mark.parametrize("data", [b"---\n{title: x, secured: y}\n---\n", b"---\n{title: x}\n---\n"])
def test_a_layout_that_cannot_be_edited_safely_is_refused(data: bytes) -> None:
    with pytest.raises(SealgateError) as caught:
        seal(data)
    assert (caught.value.code, caught.value.path) == (Reason.SEAL_REFUSED, "_news/a.md")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "_news").mkdir()
    (tmp_path / "_news/a.md").write_bytes(FILES[2])
    return tmp_path


def test_sealing_a_file_twice_changes_it_once(root: Path) -> None:
    file = root / "_news/a.md"
    file.chmod(0o640)
    first = seal_file("demo", root, "_news/a.md", ONE.key, NOW, LIMITS)
    content = file.read_bytes()
    second = seal_file("demo", root, "_news/a.md", ONE.key, NOW + 5, LIMITS)
    assert (first.changed, second.changed) == (True, False)
    assert file.read_bytes() == content
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert [path.name for path in file.parent.iterdir()] == ["a.md"]


def test_an_edited_fileis_sealed_again(root: Path) -> None:
    seal_file("demo", root, "_news/a.md", ONE.key, NOW, LIMITS)
    file = root / "_news/a.md"
    file.write_bytes(file.read_bytes().replace(b"title: x", b"title: y"))
    assert seal_file("demo", root, "_news/a.md", ONE.key, NOW, LIMITS).changed
    raw = claim_file("demo", root, "_news/a.md", LIMITS)
    assert len(raw.secured) == 1
    assert verify(raw, trust_in(ONE.public()), NOW).status is Status.VERIFIED


def test_a_failed_write_leaves_the_file_and_no_other(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(SealgateError) as caught:
        seal_file("demo", root, "_news/a.md", ONE.key, NOW, LIMITS)
    assert caught.value.code is Reason.SEAL_REFUSED
    assert (root / "_news/a.md").read_bytes() == FILES[2]
    assert [path.name for path in (root / "_news").iterdir()] == ["a.md"]


def test_a_record_that_was_taken_away_meanwhile_does_not_come_back(root: Path) -> None:
    with pytest.raises(SealgateError) as caught:
        _replace(root / "_news/gone.md", FILES[2])
    assert caught.value.code is Reason.SEAL_REFUSED
    assert [path.name for path in (root / "_news").iterdir()] == ["a.md"]


def test_records_are_markdown_files_at_any_depth_but_hidden_ones(root: Path) -> None:
    for name in (".hidden.md", "b.txt", ".keep", "deep/er/c.md", ".git/d.md"):
        file = root / "_news" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"")
    (root / "_news/deep/up").symlink_to(root)
    assert record_paths(root) == ["_news/a.md", "_news/deep/er/c.md"]
    assert is_record_path("_news/deep/er/c.md")
    assert not is_record_path("_news/.git/d.md")


def test_a_folder_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(SealgateError) as caught:
        record_paths(tmp_path / "nowhere")
    assert caught.value.code is Reason.SEEDS_MISSING


def test_a_name_that_is_not_utf8_is_shown_in_escapes() -> None:
    assert printable_path("caf\udce9.md") == "caf\\xe9.md"


DATA = "_data/topics/a.yaml"


def seal_data(data: bytes, publisher: Publisher = ONE) -> bytes:
    return seal_bytes("demo", DATA, data, publisher.key, NOW, LIMITS)


def block(sealed: bytes, newline: bytes = b"\n") -> bytes:
    """The lines of `secured` as they are written: its envelopes, one a line."""
    entries = claim_bytes("demo", DATA, sealed, LIMITS).secured
    return b"".join(
        line.encode() + newline for line in ["secured:", *(f'  - "{entry}"' for entry in entries)]
    )


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        (b"a: 1\n", b""),
        (b"---\na: 1\n", b""),
        (b"a: 1\n", b"---"),
        (b"---\na: 1\n# last words\n\n", b"---\n\n \n"),
        (b"a:\n- 1\n- 2\n", b"--- \n"),
        (b"a: |\n  text\n", b""),
    ],
)
def test_the_seal_of_a_data_file_is_its_last_key_before_a_closing_fence(
    before: bytes, behind: bytes
) -> None:
    sealed = seal_data(before + behind)
    assert sealed == before + block(sealed) + behind


@pytest.mark.parametrize(
    ("data", "newline"),
    [
        (b"a: 1", b"\n"),
        (b"---\na: 1 # note", b"\n"),
        (b"a: 1\n# last words", b"\n"),
        (b"a: 1\r\nb: 2", b"\r\n"),
    ],
)
def test_a_last_line_without_an_end_gets_one_before_the_seal(data: bytes, newline: bytes) -> None:
    sealed = seal_data(data)
    assert sealed == data + newline + block(sealed, newline)


@pytest.mark.parametrize(
    ("before", "old", "behind"),
    [
        (b"a: 1\n", b"secured: x", b""),
        (b"", b"secured:\n- x", b"\n# last words"),
        (b"", b"secured:\n  - x\n", b"\n# about b\nb: 2"),
        (b"---\n", b"secured: [x,\n  y]\n", b"# last words\n---"),
        (b"", b"secured: x\n", b"b: |\n  text without an end"),
    ],
)
def test_a_new_seal_takes_the_place_of_the_old_one_in_a_data_file(
    before: bytes, old: bytes, behind: bytes
) -> None:
    sealed = seal_data(before + old + behind)
    written = block(sealed)
    # The line of an old seal that ended with the file has an end now.
    assert sealed == before + written + behind.removeprefix(b"" if old.endswith(b"\n") else b"\n")
    assert seal_data(sealed).count(b"secured:") == 1


def test_a_text_that_a_newline_would_change_is_not_sealed_behind_the_publishers_back() -> None:
    """The last newline is part of such a text; with it, the value would be another one."""
    with pytest.raises(SealgateError) as caught:
        seal_data(b"a: |\n  text")
    assert (caught.value.code, caught.value.path) == (Reason.SEAL_REFUSED, DATA)
    assert "end its line" in caught.value.hint


def test_sealing_a_data_file_twice_changes_it_once(tmp_path: Path) -> None:
    file = tmp_path / DATA
    file.parent.mkdir(parents=True)
    file.write_bytes(b"a: 1\n---")
    assert seal_file("demo", tmp_path, DATA, ONE.key, NOW, LIMITS).changed
    content = file.read_bytes()
    assert not seal_file("demo", tmp_path, DATA, ONE.key, NOW + 5, LIMITS).changed
    assert file.read_bytes() == content
    raw = claim_file("demo", tmp_path, DATA, LIMITS)
    assert verify(raw, trust_in(ONE.public()), NOW).status is Status.VERIFIED


LINES = st.lists(
    st.sampled_from(
        [
            "# note",
            "",
            "{}: 1",
            "{}: [1,\n  2]",
            "{}:\n- x",
            "{}:\n  y: z # w",
            "{}: |\n  text\n",
            "ä{}: é",
        ]
    ),
    max_size=5,
)
OLD = st.sampled_from(["", "secured: old\n", "secured:\n- o\n- p\n", "secured: [o,\n  p]\n"])


def data_file(before: list[str], old: str, behind: list[str], newline: str) -> tuple[bytes, bytes]:
    """The YAML in front of `secured` and behind it; every key is another one."""
    lines = [f"{line}\n".format(f"k{n}") for n, line in enumerate([*before, "{}: 0", *behind])]
    cut = len(before) if old else len(lines)
    texts = ("".join(lines[:cut]), "".join(lines[cut:]))
    one, two = (text.replace("\n", newline).encode() for text in texts)
    return one, two


@fuzz
@given(LINES, OLD, LINES, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_whatever_a_data_file_looks_like_only_its_seal_changes(
    before: list[str], old: str, behind: list[str], newline: str, first: bool, last: bool
) -> None:
    head, tail = data_file(before, old, behind, newline)
    fence = f"---{newline}".encode()
    head, tail = fence * first + head, tail + fence * last
    data = head + old.replace("\n", newline).encode() + tail
    sealed = seal_data(data)
    written = block(sealed, newline.encode())
    assert sealed == head + written + tail
    assert b"\n" not in sealed.replace(newline.encode(), b"")
    raw = claim_bytes("demo", DATA, sealed, LIMITS)
    assert raw.canonical == claim_bytes("demo", DATA, data, LIMITS).canonical
    assert verify(raw, trust_in(ONE.public()), NOW).status is Status.VERIFIED
    assert seal_data(sealed) == sealed


SEALED_DATA = seal_data(b"---\nname: AI\nimages: [1, 2]\n---\n")
CANONICAL_DATA = claim_bytes("demo", DATA, SEALED_DATA, LIMITS).canonical


@fuzz
@given(st.integers(0, len(SEALED_DATA)), st.integers(0, 80), st.binary(max_size=8))
def test_no_edit_of_a_sealed_data_file_changes_what_is_proven(
    start: int, length: int, more: bytes
) -> None:
    edited = SEALED_DATA[:start] + more + SEALED_DATA[start + length :]
    try:
        raw = claim_bytes("demo", DATA, edited, LIMITS)
    except SealgateError:
        return
    proven = verify(raw, trust_in(ONE.public()), NOW).status is Status.VERIFIED
    assert not proven or raw.canonical == CANONICAL_DATA
