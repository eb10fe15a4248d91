// Builds dist/: app.css, app.js, charts.js, icons.svg, favicon.svg and two font files. Names are stable; the server
// adds a content hash to the URL. `node build.mjs --watch` rebuilds on change.
import { build, context } from "esbuild";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const out = "dist";
const watch = process.argv.includes("--watch");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const common = { bundle: true, minify: true, legalComments: "none", logLevel: "info", target: ["es2022", "chrome111", "firefox113", "safari16.4"] };
const jobs = [
  { ...common, entryPoints: ["src/css/app.css"], outfile: `${out}/app.css`, external: ["*.woff2"] },
  { ...common, entryPoints: ["src/ts/app.ts"], outfile: `${out}/app.js`, format: "iife" },
  { ...common, entryPoints: ["src/ts/charts.ts"], outfile: `${out}/charts.js`, format: "iife" },
];

/** One sprite of symbols from `name path` lines. */
function sprite(text) {
  const symbols = text.split("\n").filter((line) => line && !line.startsWith("#")).map((line) => {
    const [, name, path] = /^(\S+) (.+)$/.exec(line);
    return `<symbol id="i-${name}" viewBox="0 0 16 16"><path d="${path}"/></symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

writeFileSync(`${out}/icons.svg`, sprite(readFileSync("src/icons/icons.txt", "utf8")));
copyFileSync("src/favicon.svg", `${out}/favicon.svg`);
const inter = "node_modules/@fontsource-variable/inter/files";
copyFileSync(`${inter}/inter-latin-wght-normal.woff2`, `${out}/inter-latin.woff2`);
copyFileSync(`${inter}/inter-latin-ext-wght-normal.woff2`, `${out}/inter-latin-ext.woff2`);
copyFileSync("node_modules/@fontsource-variable/inter/LICENSE", `${out}/inter-LICENSE.txt`);

if (watch) {
  for (const job of jobs) await (await context(job)).watch();
} else {
  await Promise.all(jobs.map((job) => build(job)));
}
