// Queries as urql sends them unless told otherwise: node plain.mjs URL GET|POST
import { Client, fetchExchange } from "@urql/core";

const [url, method] = process.argv.slice(2);
const say = (line) => console.log(JSON.stringify(line));

async function told(target, options) {
  const response = await fetch(target, options);
  const text = await response.text();
  const [type, status] = [response.headers.get("content-type"), response.status];
  say({ method: options.method, accept: options.headers.accept, status, type });
  say({ json: Object.keys(JSON.parse(text)).filter((name) => name !== "extensions") });
  return new Response(text, { status, headers: response.headers });
}

const client = new Client({
  url,
  fetch: told,
  preferGetMethod: method === "GET",
  exchanges: [fetchExchange],
});
for (const query of ["{ articles { totalCount } }", "{ articles { total } }"]) {
  const { data, error } = await client.query(query, {});
  if (error?.networkError) throw error;
  const codes = error?.graphQLErrors.map((one) => one.extensions.code) ?? [];
  say({ total: data?.articles.totalCount ?? null, codes });
}
