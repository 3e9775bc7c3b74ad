// What was read over one way can be had over another without asking the gateway again.
import { gql } from "@urql/core";
import { client } from "./urql/client.js";

const [path, beside] = process.argv.slice(2);
const say = (line) => console.log(JSON.stringify(line));
const FROM_CACHE = { requestPolicy: "cache-only" };
const NODE = "query ($id: ID!) { node(id: $id)";
const RELATED = "query ($path: String!) { article(path: $path)";

const list = gql`{ articles { edges { node { id path title } } } }`;
const { data } = await client.query(list, {});
const { id } = data.articles.edges.find(({ node }) => node.path === beside).node;
await client.query(`${NODE} { id } }`, { id });
await client.query(`${RELATED} { id related { article { id } } } }`, { path });

async function held(query, variables) {
  const { data } = await client.query(query, variables, FROM_CACHE);
  return data;
}

say((await held(`${NODE} { id ... on Content { title } ... on Topic { name } } }`, { id })).node);
const { article } = await held(`${RELATED} { id related { article { id title } } } }`, { path });
say(article.related.map((one) => one.article).filter((one) => one?.id === id));
say(await held(`${NODE} { id ... on Content { excerpt } } }`, { id }));
