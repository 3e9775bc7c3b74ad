// The page's subscriber, and when it has begun: operations begin in the order of their sending.
import { gql } from "@urql/core";
import { client } from "./urql/client.js";
import "./urql/follow.js";

const query = gql`subscription { snapshotChanged { recordCount } }`;
const first = client.subscription(query, {}).subscribe(({ data }) => {
  const { recordCount } = data.snapshotChanged;
  console.log(JSON.stringify({ recordCount }));
  first.unsubscribe();
});
