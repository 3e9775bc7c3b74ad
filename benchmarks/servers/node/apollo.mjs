// Apollo Server as its documentation starts it.

import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";

import { port, resolvers, typeDefs } from "./articles.mjs";

const server = new ApolloServer({ typeDefs, resolvers });
await startStandaloneServer(server, { listen: { port, host: "127.0.0.1" } });
