// Verifies a record with the npm package jose alone. Standard input: {canonical, secured, jwk}.
// Prints {valid: [...], header: [...]}, an entry for each JWS among the envelopes.
import { readFileSync } from "node:fs";
import { flattenedVerify, importJWK } from "jose";

const { canonical, secured, jwk } = JSON.parse(readFileSync(0, "utf8"));
const key = await importJWK(jwk, jwk.alg);
const payload = Buffer.from(canonical, "utf8").toString("base64url");
const valid = [];
const header = [];
for (const envelope of secured.filter((text) => text.includes(".."))) {
  const [protectedHeader, signature] = envelope.split("..");
  try {
    const result = await flattenedVerify({ protected: protectedHeader, payload, signature }, key);
    valid.push(true);
    header.push(result.protectedHeader);
  } catch {
    valid.push(false);
    header.push(null);
  }
}
console.log(JSON.stringify({ valid, header }));
