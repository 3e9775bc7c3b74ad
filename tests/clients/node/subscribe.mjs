// subscribe.mjs ws|sse URL QUERY: every result, and the end, as a line of JSON.
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createSocketClient } from "graphql-ws";
import WebSocket from "ws";

const [transport, url, query] = process.argv.slice(2);
const say = (line) => console.log(JSON.stringify(line));

function makeClient() {
  const on = { connected: () => say({ connected: true }) };
  if (transport === "sse") return createSseClient({ url, on, retryAttempts: 0 });
  return createSocketClient({ url, on, webSocketImpl: WebSocket, retryAttempts: 0 });
}

const client = makeClient();
client.subscribe(
  { query },
  {
    next: (result) => say({ next: result }),
    error: (error) => say(Array.isArray(error) ? { errors: error } : { closed: error.code }),
    complete: () => {
      say({ complete: true });
      client.dispose();
    },
  },
);
