// Usage: node audit.mjs [URL]. Prints one line an audit: its id, its name and, of a server, how it ended.
import { auditServer, serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);

// "ok"; "notice" and "warn" for what a server may and should do; "error" for what it must.
for (const { id, name, status, reason } of url
  ? await auditServer({ url })
  : serverAudits({ url: "http://example.invalid" })) {
  console.log(JSON.stringify({ id, name, status, reason }));
}
