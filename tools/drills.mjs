// Kills a serving Mandate again and again and looks at what is left: every acknowledged write is there, nothing is half,
// the audit chain is whole; then a backup is restored and compared.
//
//   node tools/drills.mjs [--rounds 20] [--seed 1]          MANDATE_BINARY names the program
//
// A write here is `mandate user add`, which goes through the running server. A client that got no answer may have
// been served or not, but never by half. Killing a process shows nothing of power loss: synchronous=FULL is for that.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({ options: { rounds: { type: "string", default: "20" }, seed: { type: "string", default: "1" } } });
const binary = process.env.MANDATE_BINARY;
const folder = mkdtempSync(join(tmpdir(), "mandate-drills-"));
const data = join(folder, "data");
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MANDATE_")));
const port = 20_000 + (process.pid % 20_000);
let [passed, failed] = [0, 0];
let state = Number(options.seed);

/** The same sequence for the same seed: mulberry32. */
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

function check(what, holds, why = "") {
  if (holds) passed += 1;
  else { failed += 1; console.log(`FAILED ${what}: ${why}`); }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const run = (...words) => spawnSync(binary, ["--data", data, ...words], { env, encoding: "utf8" });

/** Ends with the exit code, or null when it had to be killed. */
function later(...words) {
  const child = spawn(binary, ["--data", data, ...words], { env, stdio: "ignore" });
  return new Promise((resolve) => {
    const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
    child.on("exit", (code) => { clearTimeout(late); resolve(code); });
  });
}

async function serve() {
  const child = spawn(binary, ["--data", data, "serve", "--address", `127.0.0.1:${port}`], { env, stdio: "ignore" });
  const gone = new Promise((resolve) => child.on("exit", resolve));
  for (const begun = Date.now(); Date.now() - begun < 30_000; await sleep(25)) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null);
    if (answer?.ok) return { child, gone, ready_ms: Date.now() - begun };
  }
  child.kill("SIGKILL");
  throw new Error("the server was not ready in 30 s");
}

const acknowledged = new Set();
const unanswered = new Set();
let slowest = 0;

async function round(n) {
  const { child, gone, ready_ms } = await serve();
  slowest = Math.max(slowest, ready_ms);
  let killed = false;
  const write = async (writer) => {
    for (let count = 0; !killed; count += 1) {
      const email = `drill-${n}-${writer}-${count}@example.org`;
      unanswered.add(email);
      const code = await later("user", "add", email, "--name", `Drill ${n} ${writer} ${count}`, "--role", "sponsor");
      if (code === 0) { unanswered.delete(email); acknowledged.add(email); }
    }
  };
  const writers = [write(0), write(1), write(2)];
  await sleep(100 + random() * 700);
  child.kill("SIGKILL");
  killed = true;
  await Promise.all([gone, ...writers]);

  const listed = run("--json", "user", "list");
  const text = listed.stdout ?? "";
  const lost = [...acknowledged].filter((email) => !text.includes(email));
  check(`round ${n}: no acknowledged write is lost`, listed.status === 0 && lost.length === 0, `${lost.length} lost: ${lost.slice(0, 3).join(", ")} ${listed.stderr}`);
  const chain = run("audit", "verify");
  check(`round ${n}: the audit chain is whole`, chain.status === 0, chain.stdout + chain.stderr);
}

try {
  const rounds = Number(options.rounds);
  for (let n = 0; n < rounds; n += 1) await round(n);
  check("something was written", acknowledged.size > rounds, `${acknowledged.size} writes`);
  console.log(`${rounds} kills, ${acknowledged.size} acknowledged writes, ${unanswered.size} without an answer, ready again within ${slowest} ms`);

  const backup = join(folder, "backup");
  const written = run("backup", backup);
  check("a backup is written", written.status === 0 && existsSync(backup), written.stderr);
  const verified = run("restore", backup, "--verify");
  check("the backup restores and compares", verified.status === 0, verified.stdout + verified.stderr);
  const doctor = run("doctor", "--deep");
  check("doctor finds nothing wrong", doctor.status === 0, doctor.stdout + doctor.stderr);
} catch (error) {
  check("the drill", false, error.stack);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`drills: ${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
