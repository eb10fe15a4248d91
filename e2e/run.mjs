// The pages in Chromium, on the real binary with the demo book: axe-core, console, keyboard.
//
//   node e2e/run.mjs [--screenshots FOLDER] [--only pages|keyboard|roles|no-script] [--limit N] [--path /accounts] [--url http://localhost:8080 --session COOKIE]
//
// MANDATE_BINARY names the program. Ends with the line `e2e: N passed, M failed`.
import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { open } from "./browser.mjs";
import { checkKeyboard } from "./keyboard.mjs";
import { checkPages } from "./pages.mjs";
import { Report } from "./report.mjs";
import { checkRoles } from "./roles.mjs";
import { start } from "./server.mjs";
import { signIn } from "./sign-in.mjs";
import { checkWithoutScript } from "./without-script.mjs";

const { values: options } = parseArgs({
  options: {
    screenshots: { type: "string" },
    only: { type: "string" },
    limit: { type: "string", default: "90" },
    path: { type: "string" },
  },
});
if (options.screenshots) mkdirSync(options.screenshots, { recursive: true });

const report = new Report();
const server = await start();
let browser;
const stop = async () => {
  await browser?.close();
  await server.stop();
};
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => void stop().finally(() => process.exit(130)));

try {
  browser = await open(server.address);
  const run = { address: server.address, setUpLink: server.setUpLink, browser, report, options };
  await signIn(run);
  const wanted = (part) => options.only === undefined || options.only === part;
  if (wanted("pages")) await checkPages(run);
  if (wanted("keyboard")) await checkKeyboard(run);
  if (wanted("roles")) await checkRoles(run);
  if (wanted("no-script")) await checkWithoutScript(run);
} catch (error) {
  report.fail("the run", error.stack ?? String(error));
  console.log(server.said().split("\n").slice(-30).join("\n"));
} finally {
  await stop();
}
process.exit(report.end());
