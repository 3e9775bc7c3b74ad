// Both forms of answers in parts: what is sent, what comes, and what it becomes in the end.
import { isDeepStrictEqual } from "node:util";
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { Defer20220824Handler, GraphQL17Alpha9Handler } from "@apollo/client/incremental";

const [uri, path, withheld] = process.argv.slice(2);
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

function ask(incrementalHandler, query, fetch) {
  const client = new ApolloClient({
    incrementalHandler,
    link: new HttpLink({ uri, fetch }),
    cache: new InMemoryCache(),
  });
  const variables = { path, withheld };
  return client.watchQuery({ query: gql(query), variables, errorPolicy: "all" });
}

const settled = (watched) =>
  new Promise((resolve) => {
    const states = [];
    watched.subscribe(({ data, dataState, error, loading }) => {
      if (dataState !== "empty") states.push([dataState, Object.keys(data.article)]);
      const codes = error?.errors.map((one) => one.extensions.code);
      if (!loading) resolve({ states, data, codes });
    });
  });

for (const Handler of [Defer20220824Handler, GraphQL17Alpha9Handler]) {
  const seen = {};
  async function told(url, options) {
    const response = await fetch(url, options);
    seen.accept = options.headers.accept;
    seen.type = response.headers.get("content-type");
    return response;
  }
  const parts = await settled(ask(new Handler(), text("@defer"), told));
  const whole = await settled(ask(new Handler(), text(""), fetch));
  const { states, codes } = parts;
  const first = states[0];
  const same = isDeepStrictEqual([parts.data, codes], [whole.data, whole.codes]);
  console.log(JSON.stringify({ ...seen, first, last: states.at(-1)[0], codes, same }));
}
