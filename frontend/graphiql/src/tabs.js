// GraphiQL names a tab after its operation and takes no other title, so ours goes on top as a comment.
function withTitle({ title, query }) {
  return `# ${title}\n${query}`;
}

/** What a new visitor finds in the editor: the list that the build put into the page. */
export function firstTabs() {
  const list = JSON.parse(document.getElementById("sealgate-tabs").textContent);
  return list.map((tab) => ({ query: withTitle(tab), variables: tab.variables ?? "" }));
}
