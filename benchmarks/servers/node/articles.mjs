// The records and the resolvers that all servers here share. BENCH_RECORDS and BENCH_SDL name files.

import { readFileSync } from "node:fs";

const articles = JSON.parse(readFileSync(process.env.BENCH_RECORDS, "utf8"));
const byId = new Map(articles.map((article) => [article.id, article]));

export const typeDefs = readFileSync(process.env.BENCH_SDL, "utf8");

export const resolvers = {
  Query: {
    article: (_root, { id }) => byId.get(id) ?? null,
    articles: (_root, { first, after }) => {
      const start = after == null ? 0 : Number(after) + 1;
      const chosen = articles.slice(start, start + first);
      return { edges: chosen.map((node, place) => ({ cursor: String(start + place), node })) };
    },
  },
};

export const port = Number(process.argv[2]);
