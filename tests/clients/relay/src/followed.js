// The page's subscriber, and when it has begun: operations begin in the order of their sending.
import { graphql, requestSubscription } from "relay-runtime";
import { environment } from "./environment.js";
import "./follow.js";

const subscription = graphql`
  subscription followedSubscription { snapshotChanged { recordCount } }
`;
const begun = requestSubscription(environment, {
  subscription,
  variables: {},
  onNext({ snapshotChanged: { recordCount } }) {
    console.log(JSON.stringify({ recordCount }));
    begun.dispose();
  },
});
