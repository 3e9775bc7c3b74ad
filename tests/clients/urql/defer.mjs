// Answers in parts: what is sent, what comes, and what it becomes in the end.
import { isDeepStrictEqual } from "node:util";
import { Client, fetchExchange } from "@urql/core";

const [url, path, withheld] = process.argv.slice(2);
const text = (defer) => `
  query ($path: String!, $withheld: String!) {
    article(path: $path) {
      id
      title
      ... ${defer} {
        related { title article { id path } }
        integrity { status checks { name outcome } }
      }
    }
    ... ${defer} { withheld: article(path: $withheld) { id } }
  }
`;

const types = [];
async function told(target, options) {
  const response = await fetch(target, options);
  types.push(response.headers.get("content-type"));
  return response;
}

const client = new Client({ url, fetch: told, exchanges: [fetchExchange] });
const settled = (query) =>
  new Promise((resolve) => {
    const parts = [];
    client.query(query, { path, withheld }).subscribe(({ data, error, hasNext }) => {
      const codes = error?.graphQLErrors.map((one) => one.extensions.code) ?? [];
      parts.push({ keys: Object.keys(data.article), hasNext });
      if (!hasNext) resolve({ first: parts[0], data, codes });
    });
  });

const parts = await settled(text("@defer"));
const whole = await settled(text(""));
const same = isDeepStrictEqual([parts.data, parts.codes], [whole.data, whole.codes]);
console.log(JSON.stringify({ types, first: parts.first, codes: parts.codes, same }));
