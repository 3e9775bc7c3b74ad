// A subscription over server-sent events, which urql reads without another package.
import { Client, fetchExchange } from "@urql/core";

const [url] = process.argv.slice(2);
const client = new Client({ url, exchanges: [fetchExchange], fetchSubscriptions: true });
const query = "subscription { snapshotChanged { recordCount } }";
client.subscription(query, {}).subscribe(({ data, error }) => {
  console.log(JSON.stringify(error ? error.message : data.snapshotChanged.recordCount));
});
