// Mercurius on Fastify; a query is compiled once it was asked before.

import fastify from "fastify";
import mercurius from "mercurius";

import { port, resolvers, typeDefs } from "./articles.mjs";

const server = fastify();
await server.register(mercurius, { schema: typeDefs, resolvers, jit: 1 });
await server.listen({ port, host: "127.0.0.1" });
