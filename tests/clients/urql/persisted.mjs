// Asks twice by the hash of the document, and says what each request was.
import { Client, fetchExchange } from "@urql/core";
import { persistedExchange } from "@urql/exchange-persisted";

const [url] = process.argv.slice(2);
const say = (line) => console.log(JSON.stringify(line));

async function told(target, options) {
  const sent = new URL(target).searchParams;
  const response = await fetch(target, options);
  const [hash, text] = ["extensions", "query"].map((name) => sent.has(name));
  say({ method: options.method, hash, text, status: response.status });
  return response;
}

const client = new Client({ url, fetch: told, exchanges: [persistedExchange(), fetchExchange] });
for (let turn = 0; turn < 2; turn += 1) {
  const { data } = await client.query("query Count { articles { totalCount } }", {});
  say(data.articles.totalCount);
}
