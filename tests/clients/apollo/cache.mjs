// What the cache of the page's client holds, beside one that knows of no interfaces.
import { ApolloClient, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { client } from "./apollo/client.js";

const say = (line) => console.log(JSON.stringify(line));
const [url, path] = process.argv.slice(2);
const LIST = gql`{ articles { edges { node { id path related { article { id path } } } } } }`;
const BY_PATH = gql`query ($path: String!) { article(path: $path) { id } }`;
const BY_ID = gql`
  query ($id: ID!) {
    node(id: $id) { id ...Named ... on Topic { name } }
  }
  fragment Named on Content { path title }
`;

const { data } = await client.query({ query: BY_PATH, variables: { path } });
await client.query({ query: LIST });
const { id } = data.article;
await client.query({ query: BY_ID, variables: { id } });
const held = client.cache.extract();
const nodes = held.ROOT_QUERY.articles.edges.map(({ node }) => held[node.__ref]);
const related = nodes.flatMap((node) => node.related.map(({ article }) => article?.__ref));
const entry = `Article:${id}`;
say({
  entries: Object.values(held).filter((one) => one.path === path).length,
  listed: nodes.filter((node) => node === held[entry]).length,
  related: related.filter((reference) => reference === entry).length,
  byPath: held.ROOT_QUERY[`article(${JSON.stringify({ path })})`].__ref === entry,
  byId: held.ROOT_QUERY[`node(${JSON.stringify({ id })})`].__ref === entry,
});

const ignorant = new ApolloClient({
  link: new HttpLink({ uri: url }),
  cache: new InMemoryCache(),
});
for (const one of [client, ignorant]) {
  const options = { query: BY_ID, variables: { id }, errorPolicy: "all" };
  await one.query(options);
  say(one.readQuery(options)?.node.title ?? null);
}
