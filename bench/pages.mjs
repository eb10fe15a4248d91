// Page times with 20 people clicking on 10,000 accounts and a million cases: median and 95th percentile of each page.
//
//   node bench/pages.mjs [--users 20] [--seconds 60] [--accounts 10000] [--cases 1000000]     MANDATE_BINARY names the program
//
// A person waits half a second to a second and a half between clicks. Server and people share this machine's cores. The
// filled database is kept in $HOME/.cache/mandate/bench and used again while the schema is the same.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { start } from "../e2e/server.mjs";

const { values: options } = parseArgs({ options: {
  users: { type: "string", default: "20" }, seconds: { type: "string", default: "60" },
  accounts: { type: "string", default: "10000" }, cases: { type: "string", default: "1000000" },
} });
const BUDGET_MS = 100;
const PERSON = { display_name: "Edda Sturm", email: "edda@example.org", password: "a quiet river 42 stones", locale: "en-GB", time_zone: "UTC" };
const here = new URL(".", import.meta.url).pathname;
const migrations = join(here, "../crates/mandate-store/migrations/sqlite");
const schema = createHash("sha256");
for (const file of [...readdirSync(migrations).sort().map((name) => join(migrations, name)), join(here, "pages_fill.py")]) schema.update(readFileSync(file));
const folder = join(homedir(), ".cache/mandate/bench", `pages-${options.accounts}-${options.cases}-${schema.digest("hex").slice(0, 12)}`);
const idsFile = join(folder, "account-ids");

const post = (address, path, form) => fetch(new URL(path, address), {
  method: "POST", redirect: "manual", body: new URLSearchParams(form), headers: { origin: address, "sec-fetch-site": "same-origin" },
});

if (!existsSync(idsFile)) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  console.error(`filling ${folder}: some minutes, once`);
  const server = await start({ data: folder, demo: false });
  const answer = await post(server.address, new URL(server.setUpLink).pathname, PERSON);
  await server.stop();
  if (answer.status !== 303) throw new Error(`set-up answered ${answer.status}`);
  const ids = execFileSync("python3", [join(here, "pages_fill.py"), join(folder, "mandate.db"), options.accounts, options.cases], { encoding: "utf8", maxBuffer: 1 << 26 });
  writeFileSync(idsFile, ids);
}
const ids = readFileSync(idsFile, "utf8").trim().split("\n");

const server = await start({ data: folder, demo: false });
try {
  const signedIn = await post(server.address, "/sign-in", { email: PERSON.email, password: PERSON.password });
  const cookie = signedIn.headers.getSetCookie().map((it) => it.split(";")[0]).join("; ");
  if (signedIn.status !== 303 || !cookie) throw new Error(`sign-in answered ${signedIn.status}`);

  const pick = () => ids[Math.floor(Math.random() * ids.length)];
  const letter = () => String(Math.floor(Math.random() * 1000)).padStart(3, "0");
  // What a person clicks, and how often.
  const clicks = [
    ["portfolio", 3, () => "/portfolio"],
    ["account", 5, () => `/accounts/${pick()}`],
    ["accounts, by name", 2, () => "/accounts"],
    ["accounts, by value", 1, () => "/accounts?sort=-annual_value"],
    ["search", 2, () => `/search.json?q=account+${letter()}`],
    ["my day", 1, () => "/"],
  ];
  const weighted = clicks.flatMap((click) => Array(click[1]).fill(click));
  const times = new Map(clicks.map(([name]) => [name, []]));
  const failures = new Map();
  const until = Date.now() + Number(options.seconds) * 1000;
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const person = async () => {
    await sleep(Math.random() * 1000);
    while (Date.now() < until) {
      const [name, , path] = weighted[Math.floor(Math.random() * weighted.length)];
      const begun = performance.now();
      const answer = await fetch(server.address + path(), { headers: { cookie, "accept-encoding": "gzip" }, redirect: "manual" });
      await answer.arrayBuffer();
      if (answer.status === 200) times.get(name).push(performance.now() - begun);
      else failures.set(`${name}: ${answer.status}`, (failures.get(`${name}: ${answer.status}`) ?? 0) + 1);
      await sleep(500 + Math.random() * 1000);
    }
  };
  await Promise.all(Array.from({ length: Number(options.users) }, person));

  const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)];
  console.log(`${options.users} people, ${options.seconds} s, ${options.accounts} accounts, ${options.cases} cases\n`);
  console.log("| page | clicks | p50 ms | p95 ms | slowest ms |\n| --- | ---: | ---: | ---: | ---: |");
  let late = 0;
  for (const [name, list] of times) {
    const sorted = list.sort((a, b) => a - b);
    if (sorted.length === 0) continue;
    if (at(sorted, 0.95) >= BUDGET_MS && ["portfolio", "account"].includes(name)) late += 1;
    console.log(`| ${name} | ${sorted.length} | ${at(sorted, 0.5).toFixed(1)} | ${at(sorted, 0.95).toFixed(1)} | ${sorted.at(-1).toFixed(1)} |`);
  }
  const memory = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, "utf8"))?.[1];
  console.log(`\nresident memory after it: ${Math.round(Number(memory) / 1024)} MB`);
  for (const [what, n] of failures) console.log(`FAILED ${what}, ${n} times`);
  if (late > 0) console.log(`over the budget of ${BUDGET_MS} ms at p95: ${late} pages`);
  process.exitCode = late > 0 || failures.size > 0 ? 1 : 0;
} finally {
  await server.stop();
}
