"""The command line as a person and as a script meet it."""

from __future__ import annotations

import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.support.command import output, sealgate
from tests.support.folder import Folder, replace_in


@pytest.fixture
def corpus(folder: Folder) -> Path:
    """An unsealed corpus in the working directory, with no keys yet."""
    folder.write("_news/a.md")
    folder.write("_news/b.md", body="Text.\n")
    for path in folder.keys.iterdir():
        path.unlink()
    return folder.base


def generate(corpus: Path, *arguments: str) -> CompletedProcess[str]:
    return sealgate("keys", "generate", "--private", "me.jwk", *arguments, cwd=corpus)


def test_three_commands_lead_from_plain_files_to_verified_records(corpus: Path) -> None:
    assert generate(corpus).returncode == 0
    sealed = sealgate("seal", "--key", "me.jwk", cwd=corpus)
    assert (sealed.returncode, sealed.stdout) == (0, "2 sealed, 0 were sealed already.\n")
    verified = sealgate("verify", cwd=corpus)
    assert verified.returncode == 0
    assert "2 of 2 records are VERIFIED." in verified.stdout
    again = sealgate("seal", "--key", "me.jwk", cwd=corpus)
    assert again.stdout == "0 sealed, 2 were sealed already.\n"


def test_data_files_are_sealed_judged_and_ingested_like_every_record(corpus: Path) -> None:
    generate(corpus)
    file = corpus / "seeds/_data/topics/ai.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("name: AI\n---")
    (corpus / "seeds/_news/notes.yaml").write_text("no: record\n")
    sealed = sealgate("seal", "--key", "me.jwk", cwd=corpus)
    assert (sealed.returncode, sealed.stdout) == (0, "3 sealed, 0 were sealed already.\n")
    documents = output("verify", "seeds/_data", cwd=corpus)
    assert [(d["path"], d["status"]) for d in documents] == [("_data/topics/ai.yaml", "VERIFIED")]
    assert output("ingest", cwd=corpus)["added"] == 3
    replace_in(file, "AI", "BI")
    done = sealgate("verify", file, cwd=corpus)
    assert done.returncode == 1
    assert "_data/topics/ai.yaml: check signature (envelope 0) failed" in done.stdout


def test_seal_says_on_which_line_a_data_file_goes_on_behind_its_end(corpus: Path) -> None:
    generate(corpus)
    file = corpus / "seeds/_data/ai.yaml"
    file.parent.mkdir()
    file.write_text("name: AI\n---\nBody.\n")
    done = sealgate("seal", "--key", "me.jwk", cwd=corpus)
    assert done.returncode == 1
    message = "_data/ai.yaml:3: something follows the closing --- [YAML_SECOND_DOCUMENT]"
    assert message in done.stderr


def test_verify_names_the_file_and_the_failed_check(corpus: Path) -> None:
    generate(corpus)
    sealgate("seal", "--key", "me.jwk", cwd=corpus)
    file = corpus / "seeds/_news/a.md"
    whole = file.read_text()
    replace_in(file, "quality: 80", "quality: 81")
    done = sealgate("verify", cwd=corpus)
    assert done.returncode == 1
    assert re.search(r"INVALID +SIGNATURE_INVALID +_news/a\.md", done.stdout)
    assert "_news/a.md: check signature (envelope 0) failed" in done.stdout
    documents = output("verify", cwd=corpus)
    assert [(d["path"], d["status"]) for d in documents] == [
        ("_news/a.md", "INVALID"),
        ("_news/b.md", "VERIFIED"),
    ]
    file.write_text(whole)
    assert sealgate("verify", "seeds/_news/a.md", cwd=corpus).returncode == 0


def test_verify_reports_broken_and_missing_files_beside_the_good_ones(corpus: Path) -> None:
    generate(corpus)
    sealgate("seal", "--key", "me.jwk", cwd=corpus)
    (corpus / "seeds/_news/c.md").write_text("---\na: 1\na: 2\n---\n")
    documents = output("verify", "seeds/_news", "seeds/_news/none.md", cwd=corpus)
    assert {d["path"]: (d["status"], d["reason"]) for d in documents} == {
        "_news/a.md": ("VERIFIED", "OK"),
        "_news/b.md": ("VERIFIED", "OK"),
        "_news/c.md": ("MALFORMED", "YAML_DUPLICATE_KEY"),
        "_news/none.md": ("MALFORMED", "FILE_NOT_FOUND"),
    }


def test_an_empty_corpus_is_not_verified(corpus: Path) -> None:
    generate(corpus)
    (corpus / "empty").mkdir()
    assert sealgate("verify", "--seeds", "empty", cwd=corpus).returncode == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("verify",), "TRUST_EMPTY"),
        (("verify", "--keys", "nowhere"), "TRUST_EMPTY"),
        (("verify", "--seeds", "nowhere", "--keys", "good"), "SEEDS_MISSING"),
        (("verify", "--keys", "good", "/"), "PATH_UNUSABLE"),
        (("seal", "--key", "nowhere.jwk"), "KEY_FILE"),
        (("seal", "--key", "good/k1.jwk"), "KEY_FILE"),
        (("keys", "list", "--keys", "nowhere"), "TRUST_EMPTY"),
        (("ingest", "--keys", "good", "--store", "nonsense"), "SETTINGS"),
        (("ingest", "--keys", "good", "--seeds", "nowhere"), "SEEDS_MISSING"),
    ],
)
def test_bad_input_ends_with_status_2_a_code_and_no_traceback(
    corpus: Path, folder: Folder, arguments: tuple[str, ...], code: str
) -> None:
    folder.publisher.write_public(corpus / "good")
    for path in (corpus / "keys").iterdir():
        path.unlink()
    done = sealgate(*arguments, cwd=corpus)
    assert done.returncode == 2
    assert f"[{code}]" in done.stderr
    assert "Traceback" not in done.stderr


def test_errors_are_json_when_json_was_asked_for(corpus: Path) -> None:
    document = output("verify", "--keys", "nowhere", cwd=corpus)
    assert document["error"]["code"] == "TRUST_EMPTY"
    assert document["error"]["hint"]


def test_seal_reports_what_it_could_not_seal_and_seals_the_rest(corpus: Path) -> None:
    generate(corpus)
    (corpus / "seeds/_news/c.md").write_text("no front matter")
    done = sealgate("seal", "--key", "me.jwk", cwd=corpus)
    assert done.returncode == 1
    assert "2 sealed" in done.stdout
    assert "_news/c.md:1: the first line is not --- [FRONT_MATTER_MISSING]" in done.stderr


def test_a_private_key_is_for_its_owner_and_never_overwritten(corpus: Path) -> None:
    generate(corpus)
    assert stat.S_IMODE((corpus / "me.jwk").stat().st_mode) == 0o600
    before = (corpus / "me.jwk").read_text()
    assert generate(corpus, "--kid", "other").returncode == 2
    assert (corpus / "me.jwk").read_text() == before


def test_a_private_key_is_kept_out_of_the_trust_folder(corpus: Path) -> None:
    done = sealgate("keys", "generate", "--private", "keys/me.jwk", cwd=corpus)
    assert done.returncode == 2
    assert "[KEY_PRIVATE]" in done.stderr


@pytest.mark.parametrize("alg", ["Ed25519", "ES256", "ML-DSA-65", "ML-DSA-44"])
def test_every_algorithm_seals_and_verifies(corpus: Path, alg: str) -> None:
    assert generate(corpus, "--alg", alg, "--kid", "mine").returncode == 0
    assert sealgate("seal", "--key", "me.jwk", cwd=corpus).returncode == 0
    documents = output("verify", cwd=corpus)
    assert [d["keyIds"] for d in documents] == [["mine"], ["mine"]]
    (key,) = output("keys", "list", cwd=corpus)
    assert (key["kid"], key["alg"], key["state"]) == ("mine", alg, "valid")


def test_revoking_a_key_takes_its_records_along(corpus: Path) -> None:
    generate(corpus, "--kid", "mine")
    sealgate("seal", "--key", "me.jwk", cwd=corpus)
    assert sealgate("keys", "revoke", "mine", "--reason", "lost", cwd=corpus).returncode == 0
    assert {d["status"] for d in output("verify", cwd=corpus)} == {"REVOKED"}
    assert output("keys", "list", cwd=corpus)[0]["state"] == "revoked"
    assert sealgate("keys", "revoke", "mine", "--reason", "lost", cwd=corpus).returncode == 2
    assert sealgate("keys", "revoke", "none", "--reason", "lost", cwd=corpus).returncode == 2


def test_ingest_says_what_would_be_served(corpus: Path) -> None:
    generate(corpus)
    sealgate("seal", "--key", "me.jwk", "seeds/_news/a.md", cwd=corpus)
    document = output("ingest", cwd=corpus)
    assert document["snapshot"] == 1
    assert (document["added"], document["visible"]) == (2, 1)
    assert document["verdicts"] == {"MISSING": 1, "VERIFIED": 1}
    assert document["withheld"][0]["path"] == "_news/b.md"
    done = sealgate("ingest", cwd=corpus)
    assert "0 added, 0 changed, 0 removed; 1 records are served." in done.stdout
    assert "withheld: _news/b.md: MISSING SECURED_MISSING" in done.stdout


def test_ingest_judges_by_the_clock_and_not_by_the_age_of_the_snapshot(corpus: Path) -> None:
    generate(corpus, "--kid", "mine")
    sealgate("seal", "--key", "me.jwk", cwd=corpus)
    assert output("ingest", cwd=corpus)["visible"] == 2
    with closing(sqlite3.connect(corpus / ".sealgate/store.db")) as database:
        database.execute("UPDATE sealgate_snapshot SET created_at = 1")
        database.commit()
    document = output("ingest", cwd=corpus)
    assert (document["snapshot"], document["visible"]) == (1, 2)


def test_schema_export_prints_the_sdl(tmp_path: Path) -> None:
    printed = sealgate("schema", "export").stdout
    assert "type Query {" in printed
    sealgate("schema", "export", "--output", tmp_path / "s.graphql")
    assert (tmp_path / "s.graphql").read_text() == printed
    nowhere = sealgate("schema", "export", "--output", tmp_path / "no/s.graphql")
    assert nowhere.returncode == 2


@pytest.mark.parametrize(
    "command",
    ["", "serve", "ingest", "verify", "seal", "keys generate", "keys list", "keys revoke"],
)
def test_help_explains_every_command(command: str) -> None:
    done = sealgate(*command.split(), "--help")
    assert done.returncode == 0
    assert "Usage: " in done.stdout
    assert "\x1b[" not in done.stdout


def test_settings_come_from_the_environment_and_the_file(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(corpus)
    (corpus / "sealgate.toml").write_text('corpus = "from-file"\n')
    documents = output("verify", cwd=corpus)
    assert {d["reason"] for d in documents} == {"SECURED_MISSING"}
    sealgate("seal", "--key", "me.jwk", cwd=corpus)
    assert {d["reason"] for d in output("verify", cwd=corpus)} == {"KEY_NOT_FOR_CORPUS"}
    monkeypatch.setenv("SEALGATE_CORPUS", "demo")
    assert {d["reason"] for d in output("verify", cwd=corpus)} == {"SIGNATURE_INVALID"}
    assert sealgate("verify", "--corpus", "from-file", cwd=corpus).returncode == 1


@pytest.mark.parametrize(
    ("name", "value"), [("SEALGATE_PORT", "high"), ("SEALGATE_LOG_FORMAT", "xml")]
)
def test_a_bad_setting_names_its_variable(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    done = sealgate("verify", cwd=corpus)
    assert done.returncode == 2
    assert "[SETTINGS]" in done.stderr
    assert name in done.stderr


def test_an_unknown_setting_in_the_file_is_refused(corpus: Path) -> None:
    (corpus / "sealgate.toml").write_text("prot = 8000\n")
    done = sealgate("verify", cwd=corpus)
    assert done.returncode == 2
    assert "prot" in done.stderr
