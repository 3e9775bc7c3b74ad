import "./workers.js";
// Monaco comes before GraphiQL so that GraphiQL's rules stand later in the stylesheet and win.
import "monaco-graphql/esm/monaco-editor.js";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./main.css";

import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { DOC_EXPLORER_PLUGIN } from "@graphiql/plugin-doc-explorer";
import { createRoot } from "react-dom/client";
import { storageWithoutHeaders } from "./storage.js";
import { firstTabs } from "./tabs.js";

const PLUGINS = [HISTORY_PLUGIN];

const mount = document.getElementById("sealgate-graphiql");
const endpoint = new URL(mount.dataset.endpoint || "/graphql", location.origin);
const fetcher = createGraphiQLFetcher({ url: endpoint.href });
const tabs = firstTabs();

createRoot(mount).render(
  // Headers may carry a bearer token: they stay in memory and never reach the browser's storage.
  // The setting below covers the tabs; the history ignores it, hence our own storage.
  <GraphiQL
    fetcher={fetcher}
    defaultQuery={tabs[0].query}
    defaultTabs={tabs}
    isHeadersEditorEnabled
    shouldPersistHeaders={false}
    storage={storageWithoutHeaders}
    plugins={PLUGINS}
    referencePlugin={DOC_EXPLORER_PLUGIN}
  >
    <GraphiQL.Logo>Sealgate</GraphiQL.Logo>
  </GraphiQL>,
);
