// Fragments that are deferred within each other and select what is there already, with errors.
import { fetchQuery, getSingularSelector, graphql } from "relay-runtime";
import { environment } from "./environment.js";

const query = graphql`
  query deferredQuery($path: String!, $withheld: String!) {
    contentByPath(paths: [$path]) {
      title
      ... on Collection { items { name } }
      ...deferred_items @defer
    }
    ...deferred_withheld @defer @arguments(path: $withheld)
  }
`;
const items = graphql`
  fragment deferred_items on Content {
    title
    ... on Collection { items { name record @catch { path } } }
    ...deferred_proof @defer
  }
`;
const proof = graphql`
  fragment deferred_proof on Content {
    ... on Collection { items { name } }
    integrity { status }
  }
`;
const withheld = graphql`
  fragment deferred_withheld on Query @argumentDefinitions(path: { type: "String!" }) {
    withheld: article(path: $path) @catch { title }
  }
`;

function shown(fragment, owner, names) {
  const { data, isMissingData } = environment.lookup(getSingularSelector(fragment, owner));
  const known = isMissingData ? null : Object.fromEntries(names.map((name) => [name, data[name]]));
  return { data, known };
}

const [path, other] = process.argv.slice(2);
fetchQuery(environment, query, { path, withheld: other }).subscribe({
  next(data) {
    const [collection] = data.contentByPath;
    const one = shown(items, collection, ["title", "items"]);
    const parts = {
      title: collection.title,
      items: one.known,
      proof: shown(proof, one.data, ["items", "integrity"]).known,
      withheld: shown(withheld, data, ["withheld"]).known,
    };
    console.log(JSON.stringify(parts));
  },
});
