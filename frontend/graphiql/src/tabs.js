const FIRST_QUERY = `query NewestArticles {
  articles(first: 5) {
    totalCount
    edges {
      node {
        title
        publishedDateTime
        provider { name }
        related { title article { title } }
        integrity { status reason keyIds }
      }
    }
  }
}
`;

function isTab(value) {
  return typeof value?.query === "string";
}

// GraphiQL names a tab after its operation and takes no other title, so ours goes on top as a comment.
function withTitle({ title, query }) {
  return title ? `# ${String(title).replace(/\s+/g, " ")}\n${query}` : query;
}

function listedTabs() {
  const source = document.getElementById("sealgate-tabs")?.textContent.trim();
  if (!source) return [];
  try {
    const list = JSON.parse(source);
    return Array.isArray(list) ? list.filter(isTab) : [];
  } catch (error) {
    console.warn("sealgate-tabs holds no JSON; showing the default query instead.", error);
    return [];
  }
}

/** What a new visitor finds in the editor: the page's list, else its data-query, else our own query. */
export function firstTabs(mount) {
  const tabs = listedTabs();
  const shown = tabs.length > 0 ? tabs : [{ query: mount.dataset.query || FIRST_QUERY }];
  return shown.map((tab) => ({ query: withTitle(tab) }));
}
