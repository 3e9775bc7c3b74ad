// One query twice as a browser would: it keeps what has a tag, and asks whether it still holds.
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";

const [uri, useGETForQueries] = [process.argv[2], process.argv[3] === "GET"];
const kept = new Map();

async function browser(url, options) {
  const copy = kept.get(url);
  const headers = { ...options.headers, ...(copy && { "if-none-match": copy.tag }) };
  const response = await fetch(url, { ...options, headers });
  const [tag, cacheControl] = ["etag", "cache-control"].map((name) => response.headers.get(name));
  const told = { status: response.status, tagged: tag !== null, cacheControl };
  console.log(JSON.stringify({ method: options.method, ...told, same: copy?.tag === tag }));
  if (response.status === 304) return new Response(copy.text, { headers: copy.headers });
  const text = await response.text();
  if (tag) kept.set(url, { tag, text, headers: response.headers });
  return new Response(text, { status: response.status, headers: response.headers });
}

const client = new ApolloClient({
  link: new HttpLink({ uri, useGETForQueries, fetch: browser }),
  cache: new InMemoryCache(),
});
const query = gql`{ articles { totalCount } }`;
for (let turn = 0; turn < 2; turn += 1) {
  const { data } = await client.query({ query, fetchPolicy: "no-cache" });
  console.log(JSON.stringify(data.articles.totalCount));
}
