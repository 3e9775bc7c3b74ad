// What the page's client makes of errors, as every error policy has it.
import { CombinedGraphQLErrors, gql } from "@apollo/client";
import { client } from "./apollo/client.js";

const [path] = process.argv.slice(2);
const partly = gql`query ($path: String!) { article(path: $path) { id } articles { totalCount } }`;
const misspelt = gql`{ articles { total } }`;

async function outcome(options) {
  try {
    return await client.query({ ...options, fetchPolicy: "no-cache" });
  } catch (error) {
    return { thrown: true, error };
  }
}

for (const query of [partly, misspelt]) {
  for (const errorPolicy of ["none", "ignore", "all"]) {
    const { thrown = false, data = null, error } = await outcome({
      query,
      variables: query === partly ? { path } : {},
      errorPolicy,
    });
    if (error && !CombinedGraphQLErrors.is(error)) throw error;
    const codes = error?.errors.map((one) => one.extensions.code) ?? [];
    console.log(JSON.stringify({ errorPolicy, thrown, codes, data }));
  }
}
