// Every page that the navigation reaches: two widths, two themes, menus and dialogs open.
import { join } from "node:path";
import { axeProblems, within } from "./browser.mjs";

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };
const LOOKS = [
  { theme: "light", size: WIDE, opens: true },
  { theme: "dark", size: NARROW, opens: true },
  { theme: "dark", size: WIDE, opens: false },
  { theme: "light", size: NARROW, opens: false },
];
/** Pages of one kind: two of `/accounts/{id}` tell as much as forty. */
const PER_KIND = 2;
const STEP_MS = 120_000;
const PER_ADDRESS = 4;
const OPENED_PER_PAGE = 10;
const NOT_PAGES = /\.(csv|xlsx|pdf|json|ics|zip|parquet)$|^\/(api\/(?!docs)|assets\/|sign-out|metrics|healthz|readyz)/;

/** The address with everything that only names a record taken out. */
function kind(url) {
  const path = url.pathname.split("/").map((part) => (/\d/.test(part) ? "{id}" : part)).join("/");
  return { path, query: [...new Set(url.searchParams.keys())].sort().join("&") };
}

/** Addresses of pages within reach, nearest first. */
async function reach(page, address, limit, first) {
  const [found, waiting, kinds, addresses] = [[], [first], new Map(), new Map()];
  const seen = new Set(waiting);
  while (waiting.length > 0 && found.length < limit) {
    const path = waiting.shift();
    const answer = await page.goto(path, { waitUntil: "load" });
    if (!answer || !(answer.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    found.push({ path, status: answer.status() });
    const links = await page.locator("a[href]:not([download])").evaluateAll((nodes) => nodes.map((node) => node.href));
    for (const link of links) {
      const url = new URL(link);
      url.hash = "";
      const next = url.pathname + url.search;
      if (url.origin !== address || seen.has(next) || NOT_PAGES.test(url.pathname)) continue;
      seen.add(next);
      const { path: shape, query } = kind(url);
      const n_kind = kinds.get(`${shape}?${query}`) ?? 0;
      const n_address = addresses.get(shape) ?? 0;
      if (n_kind >= (query ? 1 : PER_KIND) || n_address >= PER_ADDRESS) continue;
      kinds.set(`${shape}?${query}`, n_kind + 1);
      addresses.set(shape, n_address + 1);
      waiting.push(next);
    }
  }
  return found;
}

/** Opens what can be opened, one after the other, and looks at each. */
async function openEach(page, name, report) {
  const triggers = await page.evaluate((most) => {
    // What stands in a closed menu is reached by opening that first.
    const menu = (node) => node.parentElement?.closest(node.matches("summary") ? "details details" : "details[data-menu]");
    const visible = (node) => node.checkVisibility() || menu(node)?.querySelector("summary")?.checkVisibility();
    const said = new Set();
    const chosen = [];
    for (const node of document.querySelectorAll("[data-dialog-open], details > summary, [popovertarget], [data-twin-toggle], form[data-confirm-title] button[type=submit]")) {
      // The menu of one row stands for those of all rows.
      const key = node.dataset.dialogOpen ?? (node.closest("[data-row-menu]") ? "row menu" : node.textContent.trim().slice(0, 40) + node.className);
      if (!visible(node) || said.has(key) || chosen.length >= most) continue;
      said.add(key);
      node.dataset.e2e = String(chosen.length);
      chosen.push(key);
    }
    return chosen;
  }, OPENED_PER_PAGE);
  for (const [idx, what] of triggers.entries()) {
    const trigger = page.locator(`[data-e2e="${idx}"]`);
    const at = `${name} with "${what.replace(/\s+/g, " ")}" open`;
    try {
      for (const close of await page.locator("[data-toast-close]:visible").all()) await close.click();
      await trigger.evaluate((node) => {
        const menu = node.matches("summary") ? null : node.closest("details[data-menu]");
        if (menu) menu.open = true;
      });
      await trigger.click({ timeout: 4_000 });
      await page.waitForTimeout(30);
      const within = await page.evaluate((n) => {
        const trigger = document.querySelector(`[data-e2e="${n}"]`);
        const opened = document.querySelector("dialog[open]") ?? trigger?.closest("details[open]") ?? document.querySelector(":popover-open");
        if (opened) opened.dataset.e2eOpened = "";
        return opened !== null;
      }, idx);
      report.judge(at, [...(await axeProblems(page, within ? "[data-e2e-opened]" : null)), ...page.takeProblems()]);
    } catch (error) {
      const covered = /<.*intercepts pointer events/.exec(error.message)?.[0];
      report.fail(at, [error.message.split("\n")[0], covered].filter(Boolean).join(" "));
    }
    await page.evaluate(() => {
      for (const node of document.querySelectorAll("[data-e2e-opened]")) delete node.dataset.e2eOpened;
      for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
      for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = false;
    });
    if (page.url().startsWith("chrome-error")) return;
  }
}

async function checkPage(page, { path, status }, look, { report, options }) {
  const name = `${path} ${look.theme} ${look.size.width}`;
  await page.emulateMedia({ colorScheme: look.theme });
  await page.setViewportSize(look.size);
  page.takeProblems();
  await page.goto(path, { waitUntil: "load" });
  await page.evaluate(() => document.fonts.ready);
  const problems = [];
  if (status !== 200) problems.push(`status ${status}`);
  const found = await page.evaluate(() => ({
    wider: document.documentElement.scrollWidth - window.innerWidth,
    n_h1: document.querySelectorAll("h1").length,
    title: document.title,
    text: document.body.innerText.slice(0, 200_000),
  }));
  if (found.wider > 0) problems.push(`${found.wider} px wider than the window`);
  if (found.n_h1 !== 1) problems.push(`${found.n_h1} h1`);
  if (!found.title) problems.push("no title");
  const raw = /\{\{|\{%|\bundefined\b|\bNaN\b|\u2068/.exec(found.text);
  if (raw) problems.push(`the text holds ${JSON.stringify(found.text.slice(Math.max(0, raw.index - 40), raw.index + 40))}`);
  problems.push(...(await axeProblems(page)), ...page.takeProblems());
  report.judge(name, problems);
  if (options.screenshots) {
    const file = `${path.replace(/[^a-z0-9]+/gi, "-").replace(/^-|-$/g, "").slice(0, 80) || "home"}-${look.size.width}-${look.theme}.png`;
    await page.screenshot({ path: join(options.screenshots, file), fullPage: true });
  }
  if (look.opens) await openEach(page, name, report);
}

export async function checkPages(run) {
  const page = await run.browser.page();
  const begun = Date.now();
  const pages = await reach(page, run.address, Number(run.options.limit), run.options.path ?? "/");
  console.log(`${pages.length} pages within reach, found in ${Math.round((Date.now() - begun) / 1000)} s`);
  await page.close();
  // Two at once: one renders while the other is looked at.
  const waiting = pages.flatMap((it) => LOOKS.map((look) => [it, look]));
  const worker = async () => {
    const own = await run.browser.page();
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await within(STEP_MS, "looking at it", checkPage(own, ...next, run));
      } catch (error) {
        run.report.fail(`${next[0].path} ${next[1].theme} ${next[1].size.width}`, error.message.split("\n")[0]);
      }
    }
    await own.close();
  };
  await Promise.all([worker(), worker()]);
}
