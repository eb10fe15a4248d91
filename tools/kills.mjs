// Kills a serving Mandate under load, again and again, on both databases: what was acknowledged is there, whole, once.
//
//   node tools/kills.mjs [--rounds 50] [--databases sqlite,postgres] [--writers 4] [--seed 1]
//
// MANDATE_BINARY names the program; MANDATE_TEST_POSTGRES an address of PostgreSQL, else tools/postgres.sh starts one.
// Writers write through the API and note SENT before and ACK after each request in a ledger that is fsynced, away from the
// server's data. After each kill the ledger is held against the API and against the database itself (PostgreSQL: SQL;
// SQLite: the stopped product's own commands). Ends with `kills: N passed, M failed`. Killing a process shows nothing of
// power loss: synchronous=FULL is for that.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, fsyncSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { balanced, judge, readLedger, teeth } from "./ledger.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    databases: { type: "string", default: "sqlite,postgres" },
    writers: { type: "string", default: "4" },
    seed: { type: "string", default: "1" },
  },
});
const here = dirname(fileURLToPath(import.meta.url));
const binary = process.env.MANDATE_BINARY;
if (!binary) throw new Error("MANDATE_BINARY names no program; tools/e2e.sh builds one");
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MANDATE_")));
const folder = mkdtempSync(join(tmpdir(), "mandate-kills-"));
const READY_MS = 5_000;
let [passed, failed] = [0, 0];
let state = Number(options.seed);
/** What is running, to be ended whatever happens. */
const running = new Set();

/** The same sequence for the same seed: mulberry32. */
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

function check(what, problems) {
  if (problems.length === 0) passed += 1;
  else {
    failed += 1;
    console.log(`FAILED ${what}: ${problems.slice(0, 5).join("; ")}${problems.length > 5 ? ` and ${problems.length - 5} more` : ""}`);
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => { const { port } = probe.address(); probe.close(() => resolve(port)); });
  });
}

/** The place of psql: on PATH, or where Debian keeps the newest version. */
function psqlPlace() {
  const base = "/usr/lib/postgresql";
  let versions = [];
  try { versions = readdirSync(base).sort((a, b) => Number(b) - Number(a)); } catch { /* no Debian */ }
  const places = ["psql", ...versions.map((version) => join(base, version, "bin/psql"))];
  return places.find((place) => spawnSync(place, ["--version"], { stdio: "ignore" }).status === 0);
}

class Postgres {
  name = "postgres";
  #psql = psqlPlace();
  #server;
  #started = false;

  constructor() {
    if (!this.#psql) throw new Error("there is no psql; tools/need.sh postgres installs it");
    this.#server = process.env.MANDATE_TEST_POSTGRES;
    if (!this.#server) {
      const made = spawnSync(join(here, "postgres.sh"), ["start"], { encoding: "utf8", env: this.#toolEnv() });
      if (made.status !== 0) throw new Error(`PostgreSQL was not started: ${made.stderr}`);
      [this.#server, this.#started] = [made.stdout.trim(), true];
    }
    this.database = `mandate_kills_${process.pid}`;
    this.#run(this.#server, `CREATE DATABASE ${this.database}`);
    const url = new URL(this.#server);
    url.pathname = `/${this.database}`;
    this.url = url.href;
  }

  #toolEnv() { return { ...process.env, MANDATE_TEST_POSTGRES_FOLDER: join(tmpdir(), `mandate-kills-postgres-${process.pid}`) }; }

  #run(url, sql) {
    const asked = spawnSync(this.#psql, ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command", sql, url], { encoding: "utf8", env, maxBuffer: 2 ** 28 });
    if (asked.status !== 0) throw new Error(`psql: ${asked.stderr}`);
    return asked.stdout.trim();
  }

  json(sql) { return JSON.parse(this.#run(this.url, `SELECT COALESCE(json_agg(found), '[]') FROM (${sql}) found`)); }

  end() {
    this.#run(this.#server, `DROP DATABASE ${this.database} WITH (FORCE)`);
    if (this.#started) spawnSync(join(here, "postgres.sh"), ["stop"], { env: this.#toolEnv() });
  }
}

/** A Mandate on a database of its own that is started and killed. */
class Mandate {
  constructor(name, postgres) {
    this.name = name;
    this.postgres = postgres;
    this.data = join(folder, name, "data");
    mkdirSync(dirname(this.data), { recursive: true });
    this.words = ["--data", this.data, ...(postgres ? ["--database", postgres.url] : [])];
    this.slowest = 0;
    this.said = "";
  }

  run(...words) { return spawnSync(binary, [...this.words, ...words], { env, encoding: "utf8", maxBuffer: 2 ** 28 }); }

  async start() {
    this.port ??= await freePort();
    this.address = `http://127.0.0.1:${this.port}`;
    const begun = Date.now();
    const child = spawn(binary, [...this.words, "serve", "--address", `127.0.0.1:${this.port}`, "--base-url", this.address], { env, stdio: ["ignore", "pipe", "pipe"] });
    running.add(child);
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => { this.said = (this.said + text).slice(-20_000); });
    this.gone = new Promise((resolve) => child.on("exit", () => { running.delete(child); resolve(); }));
    this.child = child;
    for (; Date.now() - begun < 30_000 && child.exitCode === null; await sleep(5)) {
      const answer = await fetch(`${this.address}/readyz`).catch(() => null);
      if (answer?.ok) {
        const took = Date.now() - begun;
        this.slowest = Math.max(this.slowest, took);
        return took;
      }
    }
    throw new Error(`${this.name}: the server was not ready in 30 s. It said:\n${this.said}`);
  }

  async kill(signal = "SIGKILL") {
    this.child.kill(signal);
    await this.gone;
  }

  /** Sets up the first administrator and makes the token the writers use. */
  async setUp() {
    await this.start();
    let link;
    for (let tries = 0; tries < 400 && !link; tries += 1) { link = /\/setup\/\S+/.exec(this.said)?.[0]; if (!link) await sleep(5); }
    const form = new URLSearchParams({ display_name: "Edda Sturm", email: "edda@example.org", password: "a quiet river 42 stones", locale: "en-GB", time_zone: "Europe/London" });
    const headers = { origin: this.address, "sec-fetch-site": "same-origin" };
    const done = await fetch(this.address + link, { method: "POST", body: form, headers, redirect: "manual" });
    const cookie = done.headers.getSetCookie().map((it) => it.split(";")[0]).join("; ");
    const scopes = ["book:read", "book:write", "cost:read", "audit:read"];
    const made = await fetch(`${this.address}/api/v1/tokens`, {
      method: "POST", headers: { ...headers, cookie, "content-type": "application/json" }, body: JSON.stringify({ name: "kills", scopes, expires_in_days: 2 }),
    });
    if (made.status !== 201) throw new Error(`no token: ${made.status} ${await made.text()}`);
    this.token = (await made.json()).token;
  }

  /** An answer's status, body and ETag; null when none came, or one that says nothing of what was done. */
  async ask(method, path, { body, key, match } = {}) {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    if (key) headers["idempotency-key"] = key;
    if (match) headers["if-match"] = `"${match}"`;
    try {
      const answer = await fetch(`${this.address}/api/v1${path}`, { method, headers, body: body && JSON.stringify(body) });
      const text = await answer.text();
      if (answer.status >= 500) return null;
      return { status: answer.status, value: text ? JSON.parse(text) : null };
    } catch {
      return null;
    }
  }

  async must(method, path, more) {
    const answer = await this.ask(method, path, more);
    if (!answer || answer.status >= 300) throw new Error(`${this.name}: ${method} ${path}: ${JSON.stringify(answer)}\n${this.said.slice(-2_000)}`);
    return answer.value;
  }

  async every(path, filter) {
    const rows = [];
    for (let after = null; ;) {
      const page = await this.must("GET", `${path}?limit=200&filter=${encodeURIComponent(filter)}${after ? `&after=${encodeURIComponent(after)}` : ""}`);
      rows.push(...page.rows);
      if (!page.next) return rows;
      after = page.next;
    }
  }
}

/** A file of lines that are on the disk before the next step is taken. */
class Ledger {
  constructor(place) { this.place = place; this.file = openSync(place, "a"); }
  note(line) { writeSync(this.file, `${JSON.stringify(line)}\n`); fsyncSync(this.file); }
  read() { return readLedger(readFileSync(this.place, "utf8")); }
  end() { closeSync(this.file); }
}

/** One business effect as a request: several lines that balance, an account, a change of one, or a refusal. */
function nextEffect(round, writer, count, place) {
  const id = `K${round}-${writer}-${count}`;
  const kind = random();
  if (kind < 0.15) {
    // The second line cannot be read, so neither may be kept.
    const [debit, credit] = balanced(id, 1, place);
    return { id, kind: "refused", method: "POST", path: "/contract-lines/upsert", key: id, body: [debit, { ...credit, unit_price: "a dozen" }] };
  }
  if (kind < 0.55) {
    const minor = Math.floor(random() * 100_000);
    return { id, kind: "lines", method: "POST", path: "/contract-lines/upsert", key: id, body: balanced(id, minor, place) };
  }
  if (kind < 0.8 || !place.own) {
    const body = { external_id: id, name: `Kill ${round}x ${id}`, tier: "standard", time_zone: "Europe/London", currency: "EUR", annual_value: Math.floor(random() * 1e9), parent: place.account };
    return { id, kind: "account", method: "POST", path: "/accounts", key: id, body };
  }
  const { name: _, ...rest } = place.own.body;
  return { id, kind: "change", method: "PUT", path: `/accounts/${place.own.account}`, match: place.own.version, of: place.own.account, body: { ...rest, name: `Kill ${round}x ${id}` } };
}

async function write(mandate, ledger, round, writer, place, isKilled) {
  for (let count = 0; !isKilled(); count += 1) {
    const effect = nextEffect(round, writer, count, place);
    ledger.note({ sent: effect });
    const answer = await mandate.ask(effect.method, effect.path, effect);
    if (!answer) return;
    const version = effect.kind === "change" ? answer.value.version : undefined;
    ledger.note({ ack: effect.id, status: answer.status, account: effect.kind === "account" ? answer.value.id : undefined, version });
    if (answer.status >= 300) continue;
    if (effect.kind === "account") place.own = { account: answer.value.id, version: 1, body: effect.body };
    if (effect.kind === "change") place.own = { ...place.own, version };
  }
}

const isOfBook = (record) => /^(contract_line|account)\.(created|changed)$/.test(record.action);

/** What the API shows of a round. */
async function throughApi(mandate, place) {
  const [lines, accounts, records] = await Promise.all([
    mandate.every("/contract-lines", `contract_id:is:${place.contract}`),
    mandate.every("/accounts", `parent_id:is:${place.account}`),
    mandate.every("/audit", `seq:min:${place.seq + 1}`),
  ]);
  return {
    lines: lines.map((row) => ({ id: row.key ?? row.id, external_id: row.external_id, unit_price: Number(row.unit_price.minor ?? row.unit_price), annual_volume: row.annual_volume, version: row.version })),
    accounts: accounts.map((row) => ({ id: row.key ?? row.id, external_id: row.external_id, name: row.name, annual_value: Number(row.annual_value.minor ?? row.annual_value), version: row.version })),
    audit: records.filter(isOfBook).map((row) => ({ action: row.action, subject: row.subject_id })),
  };
}

/** What PostgreSQL itself holds of a round. */
function throughSql(postgres, place) {
  const [account, contract] = [place.account, place.contract].map((id) => id.replace(/[^0-9a-z]/g, ""));
  return {
    lines: postgres.json(`SELECT id, external_id, unit_price_minor AS unit_price, annual_volume, version FROM contract_line WHERE contract_id = '${contract}'`),
    accounts: postgres.json(`SELECT id, external_id, name, annual_value_minor AS annual_value, version FROM account WHERE parent_id = '${account}'`),
    audit: postgres.json(`SELECT action, subject_id AS subject FROM audit_record WHERE seq > ${place.seq}`).filter(isOfBook),
    // Rows that a half transaction would leave: a found account without its entry in the search.
    halves: postgres.json(`SELECT a.external_id FROM account a WHERE a.parent_id = '${account}'
      AND NOT EXISTS (SELECT 1 FROM search_entry s WHERE s.record_id = a.id AND s.kind = 'account')`),
  };
}

/** What the stopped product says of its own SQLite file, by commands that open it anew. */
function throughCommands(mandate, round) {
  const rows = (list) => {
    const told = mandate.run("export", list);
    if (told.status !== 0) throw new Error(`export ${list}: ${told.stderr}`);
    const [head, ...lines] = told.stdout.trim().split(/\r?\n/).map((line) => line.split(","));
    return lines.map((cells) => Object.fromEntries(head.map((name, idx) => [name, cells[idx]])));
  };
  const own = (row) => row.external_id?.startsWith(`K${round}-`);
  const minor = (text) => Math.round(Number(text) * 100);
  return {
    lines: rows("contract_lines").filter(own).map((row) => ({ external_id: row.external_id, unit_price: minor(row.unit_price), annual_volume: Number(row.annual_volume) })),
    accounts: rows("accounts").filter(own).map((row) => ({ external_id: row.external_id, name: row.name, annual_value: minor(row.annual_value) })),
  };
}

const directly = (mandate, round, place) => (mandate.postgres ? throughSql(mandate.postgres, place) : throughCommands(mandate, round));

async function prepare(mandate, round) {
  const account = await mandate.must("POST", "/accounts", { body: { external_id: `R${round}`, name: `Round ${round}`, tier: "standard", time_zone: "Europe/London", currency: "EUR" } });
  const contract = await mandate.must("POST", "/contracts", { body: { external_id: `R${round}`, account: account.id, title: `Round ${round}`, kind: "statement_of_work", currency: "EUR", time_zone: "Europe/London", starts_on: "2026-01-01", ends_on: "2028-12-31" } });
  mandate.product ??= (await mandate.must("POST", "/products", { body: { external_id: "P", name: "Drill", unit: "call" } })).id;
  const newest = await mandate.must("GET", "/audit?limit=1");
  return { account: account.id, contract: contract.id, product: mandate.product, seq: newest.rows[0].seq };
}

/** One kill: write, kill, look, start again, look, settle what had no answer, look. */
async function kill(mandate, round, totals) {
  const tag = `${mandate.name} ${round}`;
  const place = await prepare(mandate, round);
  const ledger = new Ledger(join(folder, mandate.name, `ledger-${round}`));
  let killed = false;
  const writers = Array.from({ length: Number(options.writers) }, (_, writer) => write(mandate, ledger, round, writer, { ...place }, () => killed));
  await sleep(50 + random() * 450);
  killed = true;
  await mandate.kill();
  await Promise.all(writers);

  const before = ledger.read();
  totals.acknowledged += before.acknowledged.length;
  totals.refused += before.refused.length;
  totals.unanswered += before.unanswered.length;
  check(`${tag}: the database, still stopped, holds what was acknowledged`, judge(before, directly(mandate, round, place)));
  const took = await mandate.start();
  check(`${tag}: ready within ${READY_MS} ms`, took <= READY_MS ? [] : [`${took} ms`]);
  check(`${tag}: the API shows what was acknowledged`, judge(before, await throughApi(mandate, place)));

  // The same request with the same key (or the version it was made for) settles what had no answer.
  for (const effect of before.unanswered) {
    const answer = await mandate.ask(effect.method, effect.path, effect);
    if (!answer) throw new Error(`${tag}: no answer to a repeated ${effect.path}: ${mandate.said.slice(-500)}`);
    // A change that was kept is told by the version it made; so its repetition is refused as stale.
    const kept = effect.kind === "change" && answer.status === 412;
    ledger.note({ ack: effect.id, status: kept ? 200 : answer.status, account: effect.kind === "account" ? answer.value?.id : undefined, version: effect.kind === "change" ? effect.match + 1 : undefined });
  }
  const after = ledger.read();
  ledger.end();
  const settled = await throughApi(mandate, place);
  check(`${tag}: once repeated, everything is there once`, [...judge(after, settled), ...after.unanswered.map((it) => `${it.id} has no answer`)]);
  const chain = await mandate.must("GET", "/audit/verify");
  check(`${tag}: the audit chain is whole`, chain.whole ? [] : [`broken at ${chain.broken_at}: ${chain.what}`]);
  return { ledger: after, found: settled };
}

async function drill(mandate) {
  const begun = Date.now();
  const totals = { acknowledged: 0, refused: 0, unanswered: 0 };
  const rounds = Number(options.rounds);
  await mandate.setUp();
  let last;
  for (let round = 0; round < rounds; round += 1) {
    const result = await kill(mandate, round, totals);
    if (result.ledger.acknowledged.some((it) => it.kind === "lines")) last = result;
  }
  await mandate.kill("SIGTERM");
  check(`${mandate.name}: something was written in most rounds`, totals.acknowledged > rounds ? [] : [`${totals.acknowledged} writes`]);
  for (const words of [["audit", "verify"], ["doctor", "--deep"]]) {
    const told = mandate.run(...words);
    check(`${mandate.name}: ${words.join(" ")}`, told.status === 0 ? [] : [told.stdout + told.stderr]);
  }
  if (!mandate.postgres) {
    const backup = join(folder, mandate.name, "backup");
    for (const words of [["backup", backup], ["restore", backup, "--verify"]]) {
      const told = mandate.run(...words);
      check(`${mandate.name}: ${words[0]}`, told.status === 0 ? [] : [told.stdout + told.stderr]);
    }
  }
  // The check itself is checked: damage planted in what was read back has to be found.
  if (last) for (const { what, problems } of teeth(last.ledger, last.found)) check(`${mandate.name}: planted, ${what} is found`, problems.length > 0 ? [] : ["it was not"]);
  else check(`${mandate.name}: there is a round to plant damage in`, ["no lines were acknowledged"]);
  console.log(JSON.stringify({ database: mandate.name, kills: rounds, ...totals, slowest_ready_ms: mandate.slowest, seconds: Math.round((Date.now() - begun) / 1000) }));
}

let postgres;
const end = () => {
  for (const child of running) child.kill("SIGKILL");
  try { postgres?.end(); } catch (error) { console.log(String(error)); }
  rmSync(folder, { recursive: true, force: true });
};
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => { end(); process.exit(130); });
try {
  for (const name of options.databases.split(",")) {
    if (name === "postgres") postgres = new Postgres();
    await drill(new Mandate(name, name === "postgres" ? postgres : undefined));
  }
} catch (error) {
  check("the run", [error.stack]);
} finally {
  end();
}
console.log(`kills: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
