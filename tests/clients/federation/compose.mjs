// Composes a gateway's subgraph with one of reviews, and answers queries over both.
//
// node compose.mjs URL < input    URL: the endpoint of the gateway; input: a JSON object with the
// reviews that there are and the queries to ask, in a list each. Prints the list of the answers.

import { createServer } from 'node:http';
import { composeServices } from '@apollo/composition';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { createHandler } from 'graphql-http/lib/use/http';

const REVIEWS = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])

  type Query { reviews: [Review!]! }
  type Review { stars: Int! article: Article topic: Topic }
  type Article @key(fields: "path") { path: String! reviews: [Review!]! }
  type Topic @key(fields: "name") { name: String! }
`);

const written = [];
const reviews = (path) => written.filter((review) => review.article.path === path);
const resolvers = {
  Query: { reviews: () => written },
  Article: { __resolveReference: ({ path }) => ({ path }), reviews: ({ path }) => reviews(path) },
};

async function ask(url, query) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return (await response.json()).data;
}

function listen(schema) {
  const server = createServer(createHandler({ schema }));
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function input() {
  const parts = [];
  for await (const part of process.stdin) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString());
}

const [url] = process.argv.slice(2);
const given = await input();
written.push(...given.reviews);
const server = await listen(buildSubgraphSchema({ typeDefs: REVIEWS, resolvers }));
const { _service } = await ask(url, '{ _service { sdl } }');
const composed = composeServices([
  { name: 'sealgate', url, typeDefs: parse(_service.sdl) },
  { name: 'reviews', url: `http://127.0.0.1:${server.address().port}/`, typeDefs: REVIEWS },
]);
if (composed.errors) throw new Error(composed.errors.map((error) => error.message).join('\n'));

const gateway = new ApolloGateway({
  supergraphSdl: composed.supergraphSdl,
  buildService: ({ url }) => new RemoteGraphQLDataSource({ url }),
});
const { schema, executor } = await gateway.load();
const answers = [];
for (const query of given.queries) {
  const document = parse(query);
  answers.push(
    await executor({
      document,
      request: { query, variables: {} },
      queryHash: query,
      context: {},
      operationName: null,
      operation: document.definitions[0],
      schema,
      metrics: {},
      cache: new Map(),
      logger: console,
    }),
  );
}
console.log(JSON.stringify(answers));
await gateway.stop();
server.close();
server.closeAllConnections();
