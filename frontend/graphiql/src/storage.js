const PREFIX = "graphiql:";
const HISTORIES = new Set([`${PREFIX}queries`, `${PREFIX}favorites`]);

function ownKeys() {
  return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
}

function dropHeaders(history) {
  return JSON.stringify(JSON.parse(history), (name, value) =>
    name === "headers" ? undefined : value,
  );
}

/** The browser's storage, minus the request headers that GraphiQL's history would write into it. */
export const storageWithoutHeaders = {
  getItem: (key) => localStorage.getItem(key),
  setItem: (key, value) =>
    localStorage.setItem(key, HISTORIES.has(key) ? dropHeaders(value) : value),
  removeItem: (key) => localStorage.removeItem(key),
  clear: () => ownKeys().forEach((key) => localStorage.removeItem(key)),
  get length() {
    return ownKeys().length;
  },
};
