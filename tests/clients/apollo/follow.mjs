// The page's subscriber, and when it has begun: operations begin in the order of their sending.
import { gql } from "@apollo/client";
import { client } from "./apollo/client.js";
import "./apollo/follow.js";

const query = gql`subscription { snapshotChanged { recordCount } }`;
const first = client.subscribe({ query }).subscribe(({ data }) => {
  const { recordCount } = data.snapshotChanged;
  console.log(JSON.stringify({ recordCount }));
  first.unsubscribe();
});
