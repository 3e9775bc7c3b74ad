// One article, then the same by its id: out of the store, and asked for again.
import {
  createOperationDescriptor,
  fetchQuery,
  getSingularSelector,
  graphql,
} from "relay-runtime";
import byId from "./__generated__/againByIdQuery.graphql.js";
import { environment } from "./environment.js";

const query = graphql`
  query againQuery($path: String!) {
    article(path: $path) { id ...again_record }
  }
`;
const record = graphql`
  fragment again_record on Node @refetchable(queryName: "againByIdQuery") {
    id
    ... on Content { path title }
  }
`;

let requests = 0;
const { fetch } = globalThis;
globalThis.fetch = (...told) => fetch(...told, requests++);

function say(node) {
  const { data } = environment.lookup(getSingularSelector(record, node));
  const { id, path, title } = data;
  console.log(JSON.stringify({ requests, id, path, title }));
}

const [path] = process.argv.slice(2);
const { article } = await fetchQuery(environment, query, { path }).toPromise();
say(article);
const again = createOperationDescriptor(byId, { id: article.id });
console.log(JSON.stringify(environment.check(again).status));
say(environment.lookup(again.fragment).data.node);
say((await fetchQuery(environment, byId, { id: article.id }).toPromise()).node);
