// Asks twice through Apollo's link for persisted queries, and prints a line of JSON for each
// request that it makes and for each answer: node ask.mjs URL GET|POST
import { createHash } from "node:crypto";
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";

const [uri, method] = process.argv.slice(2);
const say = (line) => console.log(JSON.stringify(line));

async function told(url, options) {
  const sent = options.body ? JSON.parse(options.body) : Object.fromEntries(new URL(url).searchParams);
  const response = await fetch(url, options);
  say({ method: options.method, text: "query" in sent, status: response.status });
  return response;
}

const client = new ApolloClient({
  cache: new InMemoryCache(),
  link: ApolloLink.from([
    new PersistedQueryLink({
      sha256: (text) => createHash("sha256").update(text).digest("hex"),
      useGETForHashedQueries: method === "GET",
    }),
    new HttpLink({ uri, fetch: told }),
  ]),
});

const query = gql`query Count { articles { totalCount } }`;
for (let turn = 0; turn < 2; turn += 1) {
  const { data } = await client.query({ query, fetchPolicy: "no-cache" });
  say(data.articles.totalCount);
}
