const FILES = {
  json: "json.worker.js",
  graphql: "graphql.worker.js",
};

// Workers lie beside main.js, so their address follows from its own: the page may be mounted anywhere,
// and the policy needs no more than worker-src 'self'.
globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const file = FILES[label] ?? "editor.worker.js";
    return new Worker(new URL(`./${file}`, import.meta.url), { name: label });
  },
};
