// What a bundler with babel-plugin-relay makes of the page's files: src/*.js -> built/*.js.
import { readdir } from "node:fs/promises";
import { transformFileAsync } from "@babel/core";
import { build } from "esbuild";

const compileTags = {
  name: "babel-plugin-relay",
  setup({ onLoad }) {
    onLoad({ filter: /\/src\/\w+\.js$/ }, async ({ path }) => ({
      contents: (await transformFileAsync(path, { plugins: ["relay"] })).code,
    }));
  },
};

const files = (await readdir("src")).filter((name) => name.endsWith(".js"));
await build({
  entryPoints: files.map((name) => `src/${name}`),
  outdir: "built",
  bundle: true,
  platform: "node",
  format: "esm",
  external: ["ws"],
  plugins: [compileTags],
});
