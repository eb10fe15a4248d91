// Takes pictures of the preview pages and runs axe on each: node preview/shots.mjs [outdir] [page,page] [--axe]
// Needs `npm run build`, `python3 preview/preview.py` running, and Debian's chromium.
import { chromium } from "playwright-core";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [out = "/tmp/mandate-shots", pages = "portfolio,kpi,my-day,account,form,sign-in"] = process.argv.slice(2).filter((a) => !a.startsWith("--"));
const widths = process.argv.find((a) => a.startsWith("--widths="))?.slice(9).split(",").map(Number) ?? [1440, 1024, 390];
const axe = process.argv.includes("--axe") ? readFileSync("node_modules/axe-core/axe.min.js", "utf8") : null;
mkdirSync(out, { recursive: true });
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const browser = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), "chromium-")), { executablePath: "/usr/bin/chromium", headless: true, args: flags });
let problems = 0;
for (const name of pages.split(",")) for (const theme of ["light", "dark"]) for (const width of widths) {
  const page = await browser.newPage();
  const say = (text) => { problems++; console.log(`${name} ${theme} ${width}: ${text}`); };
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && say(m.text()));
  page.on("pageerror", (e) => say(e.message));
  await page.setViewportSize({ width, height: width < 500 ? 844 : 900 });
  await page.goto(`http://127.0.0.1:8765/${name}?theme=${theme}`, { waitUntil: "load" });
  await page.waitForTimeout(350);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (overflow > 0) say(`${overflow} px wider than the window`);
  await page.screenshot({ path: `${out}/${name}-${width}-${theme}.png`, fullPage: true });
  if (axe) {
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
    for (const v of found.violations) say(`${v.id} (${v.impact}) ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 140)} :: ${n.any.concat(n.all, n.none).map((c) => c.message).join("; ").slice(0, 160)}`).join(" | ")}`);
  }
  await page.close();
}
await browser.close();
console.log(`${problems} problems; pictures in ${out}`);
process.exit(problems ? 1 : 0);
