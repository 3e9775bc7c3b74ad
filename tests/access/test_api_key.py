"""API keys: made once, recognised by their digest alone."""

from __future__ import annotations

import hashlib

from gateway.access.api_key import ApiKey, digest_of, id_of, new_key_text


def test_two_new_keys_have_nothing_in_common() -> None:
    (one, first), (two, second) = new_key_text(), new_key_text()
    assert one != two
    assert first.rpartition("_")[2] != second.rpartition("_")[2]


def test_a_new_key_names_its_id() -> None:
    key_id, text = new_key_text()
    assert id_of(text) == key_id


def test_what_is_kept_is_the_sha_256_of_the_text() -> None:
    _, text = new_key_text()
    assert digest_of(text) == hashlib.sha256(text.encode()).hexdigest()


def test_only_the_very_text_is_the_key() -> None:
    key_id, text = new_key_text()
    key = ApiKey(key_id, digest_of(text), frozenset(), 0)
    assert key.is_text(text)
    assert not key.is_text(text[:-1] + ("A" if text[-1] != "A" else "B"))
    assert not key.is_text("é" + text)


def test_what_is_no_key_has_no_id() -> None:
    _, text = new_key_text()
    for other in ("", "x", text + "A", text.upper(), f" {text}", "sealgate_zz_" + "A" * 43):
        assert id_of(other) is None
