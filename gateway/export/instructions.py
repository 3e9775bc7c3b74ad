"""The page that tells how to verify a bundle with programs that are not ours."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Lead:
    """An envelope that counted: its file, its key's file, and the key's algorithm (JOSE name)."""

    envelope: str
    key: str
    algorithm: str


# docs/verify-without-us.md has both scripts, too, and a test that runs them compares.
OPENSSL_SCRIPT: Final = r"""
# sh check.sh CANONICAL ENVELOPE KEY: an Ed25519 signature, with openssl.
set -eu
base64url() { openssl base64 -A -in "$1" | tr '+/' '-_' | tr -d '='; }
unbase64url() { tr -- '-_' '+/' | openssl base64 -d -A; }
header=$(cut -d . -f 1 "$2")
printf '%s%.*s' "$header" $(((4 - ${#header} % 4) % 4)) '===' | unbase64url
echo
printf '%s.%s' "$header" "$(base64url "$1")" > signed
printf '%s==' "$(cut -d . -f 3 "$2")" | unbase64url > signature
# The bytes that make a SubjectPublicKeyInfo of an Ed25519 key (RFC 8410).
printf '\060\052\060\005\006\003\053\145\160\003\041\000' > key.der
printf '%s=' "$(sed -n 's/.*"x" *: *"\([^"]*\)".*/\1/p' "$3")" | unbase64url >> key.der
openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in signed -sigfile signature
""".lstrip()

JOSE_SCRIPT: Final = """
// node check.mjs CANONICAL ENVELOPE KEY: any algorithm that the installed jose knows.
import { readFileSync } from "node:fs";
import { flattenedVerify, importJWK } from "jose";

const [canonical, envelope, keyFile] = process.argv.slice(2).map((name) => readFileSync(name));
const { kid, alg, kty, crv, x, y, pub } = JSON.parse(keyFile);
const algorithm = alg ?? { Ed25519: "Ed25519", "P-256": "ES256" }[crv];
const key = await importJWK({ kty, crv, x, y, pub, alg: algorithm }, algorithm);
const [header, , signature] = envelope.toString().split(".");
const payload = canonical.toString("base64url");
const { protectedHeader } = await flattenedVerify({ protected: header, payload, signature }, key);
if (protectedHeader.kid !== kid) throw new Error("the envelope names another key");
if (protectedHeader.typ !== "sealgate-record+jws") throw new Error("signed for something else");
console.log("verified:", JSON.stringify(protectedHeader));
""".lstrip()

_TEXT: Final = """# Verify this record without Sealgate

The record at the path {path} of the corpus {corpus}.

| File | |
|---|---|
| `canonical.json` | the bytes that were signed (RFC 8785); do not reformat them |
| `body` | the text behind the front matter, which `canonical.json` names by its SHA-256 |
| `envelopes/` | the record's `secured`, one entry a file: JWS with detached payload |
| `keys/` | the public keys whose signatures counted, and the policy that was in force |
| `verdict.json` | what Sealgate found; believe it only after you found the same |

**Whose keys are these?** They came with the record, so they prove nothing by themselves. Get the
publisher's keys another way, and compare; or put yours in the place of ours below.

## 1. The digests

```sh
openssl dgst -sha256 canonical.json
openssl dgst -sha256 body
```

The first must be `{digest}`, the second the one that
`canonical.json` names as `body`. `corpus` and `path` in it must be those of the record that you
asked for.

## 2. The signatures, with openssl

OpenSSL 3.0 or newer, for keys of the algorithm Ed25519.

```sh
cat > check.sh <<'EOF'
{openssl_script}EOF
{openssl_runs}
```

Each must print the header, with the key's `kid` and `typ` `sealgate-record+jws`, and say
`Signature Verified Successfully`.

## 3. The signatures, with npm jose

```sh
npm install jose@6
```

```sh
cat > check.mjs <<'EOF'
{jose_script}EOF
{jose_runs}
```

Each must print `verified:` and the header. Its `iat` is when it was signed, by the signer's word,
in seconds since 1970. ML-DSA needs Node.js 24.7 or newer; older ones refuse it.

## 4. What the keys may do

For each key: the time now, and `iat`, lie between `nbf` and `exp`; there is no `revoked`; `corpora`
holds {corpus}. `keys/policy.yaml` says how many distinct keys are needed (`threshold`, 1 if there
is no such file) and which. A revocation that came after this bundle was made is not in it.
"""


def instructions(corpus: str, path: str, digest: str, leads: Sequence[Lead]) -> str:
    """Markdown for a bundle with these envelopes; digest: of `canonical.json`, in hex."""
    openssl = [lead for lead in leads if lead.algorithm == "Ed25519"]
    return _TEXT.format(
        corpus=_quoted(corpus),
        path=_quoted(path),
        digest=digest,
        openssl_script=OPENSSL_SCRIPT,
        openssl_runs=_runs("sh check.sh", openssl),
        jose_script=JOSE_SCRIPT,
        jose_runs=_runs("node check.mjs", leads),
    )


def _quoted(name: str) -> str:
    """A JSON string as a code span: a name may hold anything, an end of line or of the span too."""
    spelt = json.dumps(name).replace("`", "\\u0060")
    return f"`{spelt}`"


def _runs(command: str, leads: Sequence[Lead]) -> str:
    """A line for each envelope. File names of keys are chosen by people, hence the quoting."""
    lines = [f"{command} canonical.json {lead.envelope} {shlex.quote(lead.key)}" for lead in leads]
    return "\n".join(lines) or "# No signature of this record can be checked this way."
