import { copyFile, mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const LICENSES = "THIRD_PARTY_LICENSES.txt";

const WORKERS = {
  "editor.worker": "monaco-editor/esm/vs/editor/editor.worker.js",
  "json.worker": "monaco-editor/esm/vs/language/json/json.worker.js",
  "graphql.worker": "monaco-graphql/esm/graphql.worker.js",
};

// Some 650 KiB that only the prettify button needs: kept out of main.js, loaded when it is pressed.
const FORMATTER = {
  "prettier-standalone": "prettier/standalone",
  "prettier-graphql": "prettier/plugins/graphql",
  "prettier-estree": "prettier/plugins/estree",
  "prettier-babel": "prettier/plugins/babel",
};

// GraphiQL also uses two older names; what they resolve to is CommonJS and would lose its named exports.
const OLDER_NAMES = {
  "prettier/parser-graphql": "prettier/plugins/graphql",
  "prettier/parser-babel": "prettier/plugins/babel",
};

const formatterApart = {
  name: "formatter-apart",
  setup({ onResolve }) {
    onResolve({ filter: /^prettier\// }, ({ kind, path }) => {
      if (kind !== "dynamic-import") return undefined;
      const wanted = OLDER_NAMES[path] ?? path;
      const file = Object.keys(FORMATTER).find((name) => FORMATTER[name] === wanted);
      if (!file) return { errors: [{ text: `no file is planned for ${path}` }] };
      return { path: `./${file}.js`, external: true };
    });
  },
};

function options(outdir) {
  return {
    absWorkingDir: HERE,
    outdir,
    bundle: true,
    minify: true,
    metafile: true,
    target: "es2022",
    legalComments: "none", // gathered in one file instead
    logLevel: "warning",
    define: { "process.env.NODE_ENV": '"production"' },
  };
}

async function bundle(outdir) {
  const results = await Promise.all([
    build({
      ...options(outdir),
      entryPoints: { main: "src/main.jsx" },
      format: "esm",
      jsx: "automatic",
      loader: { ".ttf": "file" },
      assetNames: "[name]",
      plugins: [formatterApart],
    }),
    build({ ...options(outdir), entryPoints: WORKERS, format: "iife" }),
    build({ ...options(outdir), entryPoints: FORMATTER, format: "esm" }),
  ]);
  return results.map((result) => result.metafile);
}

function repositoryOf({ repository }) {
  const url = repository?.url ?? repository ?? "";
  return url.replace(/^git\+/, "").replace(/\.git$/, "");
}

async function readPackage(folder) {
  const about = JSON.parse(await readFile(join(HERE, folder, "package.json"), "utf8"));
  const names = (await readdir(join(HERE, folder))).sort();
  const texts = names.filter((name) => /^(licen[cs]e|notice|third-?party-?notices)([.-]|$)/i.test(name));
  return {
    name: about.name,
    version: about.version,
    license: about.license,
    repository: repositoryOf(about),
    texts: await Promise.all(texts.map((name) => readFile(join(HERE, folder, name), "utf8"))),
  };
}

function bundledFolders(metafiles) {
  const outputs = metafiles.flatMap(({ outputs }) => Object.values(outputs));
  const used = outputs.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = used.map((path) => path.match(/^.*node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0]);
  return [...new Set(folders.filter(Boolean))].sort();
}

// Some packages leave the text to a sibling from the same repository under the same license.
function licenseTexts(wanted, packages) {
  if (wanted.texts.length > 0) return wanted.texts;
  const sibling = packages.find(
    ({ license, repository, texts }) =>
      texts.length > 0 && repository === wanted.repository && license === wanted.license,
  );
  if (sibling) return sibling.texts;
  if (wanted.license) return [`The package carries no license text; its source: ${wanted.repository}`];
  throw new Error(`${wanted.name} ${wanted.version} states no license; do not ship it`);
}

async function licenses(metafiles) {
  const packages = await Promise.all(bundledFolders(metafiles).map(readPackage));
  const sections = packages.map((each) => {
    const title = `${each.name} ${each.version} (${each.license ?? "see below"})`;
    const texts = licenseTexts(each, packages).map((text) => text.replace(/\r\n/g, "\n").trim());
    return `${"=".repeat(78)}\n${title}\n${"=".repeat(78)}\n\n${texts.join("\n\n")}\n`;
  });
  return `The files beside this one contain code from these packages.\n\n${sections.join("\n")}`;
}

// The documents' own queries, so that what a newcomer finds in the tabs is what is tested.
const EXAMPLE =
  /^### (.+)$|^```graphql\n([^]*?)^```\n(?:\n```json variables\n([^]*?)^```\n)?/gm;

async function cookbookTabs() {
  const text = await readFile(join(HERE, "../../docs/cookbook.md"), "utf8");
  const tabs = [];
  let title = "";
  for (const [, heading, query, variables] of text.matchAll(EXAMPLE)) {
    if (heading) title = heading;
    else tabs.push({ title, query, variables });
  }
  if (tabs.length === 0) throw new Error("docs/cookbook.md holds no queries");
  return tabs;
}

async function page() {
  // A data block ends at the first "</script", wherever that stands.
  const tabs = JSON.stringify(await cookbookTabs()).replaceAll("<", "\\u003c");
  const html = await readFile(join(HERE, "index.html"), "utf8");
  return html.replace('id="sealgate-tabs">[]<', () => `id="sealgate-tabs">${tabs}<`);
}

async function report(outdir) {
  for (const name of (await readdir(outdir)).sort()) {
    const { size } = await stat(join(outdir, name));
    console.log(`${String(Math.ceil(size / 1024)).padStart(7)} KiB  ${name}`);
  }
}

async function main() {
  if (!process.argv[2]) throw new Error("usage: node build.mjs OUTDIR");
  const outdir = resolve(process.argv[2]);
  await mkdir(outdir, { recursive: true });
  const metafiles = await bundle(outdir);
  await writeFile(join(outdir, LICENSES), await licenses(metafiles));
  await writeFile(join(outdir, "index.html"), await page());
  await copyFile(join(HERE, "src/favicon.svg"), join(outdir, "favicon.svg"));
  await report(outdir);
}

try {
  await main();
} catch (error) {
  console.error(`build.mjs: ${error.message}`);
  process.exitCode = 1;
}
