// An answer that the gateway gives up after its first part, since it would become too large.
import { fetchQuery, graphql } from "relay-runtime";
import { environment } from "./environment.js";

const query = graphql`
  query cutQuery { articles { totalCount } ...cut_rest @defer }
`;
graphql`fragment cut_rest on Query { content { totalCount } }`;

const refusal = { message: "too large", extensions: { code: "OPERATION_TOO_LARGE" } };
const pending = [{ id: "0", path: [], label: "cutQuery$defer$cut_rest" }];
const parts = [
  { data: { articles: { totalCount: 1 } }, pending, hasNext: true },
  { errors: [refusal], hasNext: false },
];
const text = parts.map((part) => `---\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(part)}`);
const headers = { "content-type": 'multipart/mixed; boundary="-"; incrementalSpec=v0.2' };
globalThis.fetch = async () => new Response(`\r\n${text.join("\r\n")}\r\n-----\r\n`, { headers });

fetchQuery(environment, query, {}).subscribe({
  next: ({ articles }) => console.log(JSON.stringify(articles)),
  error: ({ source }) => console.log(JSON.stringify(source.errors[0].extensions)),
  complete: () => console.log(JSON.stringify("complete")),
});
