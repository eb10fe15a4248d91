// One Chromium with a fresh profile; pages that gather what must not happen: messages on the console, requests elsewhere.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const installed = createRequire(new URL("../web-assets/package.json", import.meta.url));
const { chromium } = installed("playwright-core");
const axe = readFileSync(installed.resolve("axe-core/axe.min.js"), "utf8");

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const FAILING = ["serious", "critical"];

const CLOSE_MS = 10_000;
const STEP_MS = 90_000;

/** `promise`, or an error when it does not settle in time: what Chromium never answers would hold the run for good. */
export async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, refuse) => { timer = setTimeout(() => refuse(new Error(`${what} did not end within ${ms / 1000} s`)), ms); });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Walks with a fresh page; once more when the browser itself stopped answering, which says nothing of the page. */
export async function walkWithPage(browser, name, walk) {
  for (let times = 1; ; times += 1) {
    const page = await browser.page();
    const problems = [];
    try {
      await within(STEP_MS, name, walk(page, (holds, why) => { if (!holds) problems.push(why); }));
    } catch (error) {
      if (times === 1 && error.message.includes("did not end within")) {
        console.log(`once more: ${error.message}`);
        await page.close();
        continue;
      }
      problems.push(error.message.split("\n")[0]);
    }
    problems.push(...page.takeProblems());
    await page.close();
    return problems;
  }
}

/** `script`: whether pages may run any. */
export async function open(address, { script = true } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "mandate-chromium-"));
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  const context = await chromium.launchPersistentContext(profile, {
    executablePath, headless: true, args: FLAGS, baseURL: address, locale: "en-GB", reducedMotion: "reduce",
    javaScriptEnabled: script,
  });
  context.setDefaultTimeout(15_000);
  return {
    context,
    page: () => watched(context, address),
    close: async () => {
      await within(CLOSE_MS, "closing Chromium", context.close()).catch((error) => console.log(error.message));
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** A page with `problems`, what went wrong since they were last taken. */
async function watched(context, address) {
  const page = await within(STEP_MS, "a new page", context.newPage());
  const close = page.close.bind(page);
  page.close = () => within(CLOSE_MS, "closing a page", close()).catch((error) => console.log(error.message));
  let problems = [];
  page.on("console", (message) => { if (message.type() === "error") problems.push(`console: ${message.text()}`); });
  page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(`${address}/`) && !/^(data|blob|about):/.test(url)) problems.push(`asked elsewhere: ${url}`);
  });
  page.on("response", (response) => { if (response.status() >= 500) problems.push(`${response.status()}: ${response.url()}`); });
  page.takeProblems = () => { const taken = problems; problems = []; return taken; };
  return page;
}

/** What axe finds serious or critical in the page, or in the element that `selector` names. */
export async function axeProblems(page, selector = null) {
  // By evaluate, never a script tag: that one the page's own policy refuses, and switching it off would hide breaches.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const violations = await page.evaluate(
    async ([rules, within]) => (await window.axe.run(within ?? document, { runOnly: rules, resultTypes: ["violations"] })).violations
      .map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map((node) => `${node.target.join(" ")} ${node.html.slice(0, 140)} (${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ""})`) })),
    [RULES, selector],
  );
  return violations
    .filter(({ impact }) => FAILING.includes(impact))
    .map(({ id, impact, help, nodes }) => `axe ${id} (${impact}): ${help}; ${nodes.length} places: ${nodes.slice(0, 3).join(" | ")}`);
}
