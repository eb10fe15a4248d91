// Starts the real binary on a fresh data folder with the demo book, and reads the address and set-up link it prints.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const READY_MS = 180_000;

/** A port that was free a moment ago. */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** `data`: a folder that stays; without one a fresh folder is made and removed at the end. */
export async function start({ data = null, demo = true } = {}) {
  const binary = process.env.MANDATE_BINARY;
  if (!binary) throw new Error("MANDATE_BINARY names no program; tools/e2e.sh builds one");
  const folder = data ?? mkdtempSync(join(tmpdir(), "mandate-e2e-"));
  const port = await freePort();
  const arguments_ = ["serve", "--data", folder, "--listen", `127.0.0.1:${port}`, ...(demo ? ["--demo"] : [])];
  // The developer's own settings stay out of it.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MANDATE_")));
  const child = spawn(binary, arguments_, { stdio: ["ignore", "pipe", "pipe"], env });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => { said += data; });
  let ended = null;
  child.on("exit", (code, signal) => { ended = code ?? signal; });

  const stop = async () => {
    if (ended === null) {
      const gone = new Promise((resolve) => child.on("exit", resolve));
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await gone;
      clearTimeout(late);
    }
    if (data === null) rmSync(folder, { recursive: true, force: true });
  };

  const address = `http://localhost:${port}`;
  for (const begun = Date.now(); Date.now() - begun < READY_MS; ) {
    if (ended !== null) break;
    const link = () => /https?:\/\/\S+\/set-?up\/\S+/.exec(said)?.[0];
    const answer = await fetch(`${address}/readyz`).catch(() => null);
    // A folder that stays may have been set up before: then no link will come.
    if (answer?.ok && data !== null && !link()) await new Promise((resolve) => setTimeout(resolve, 500));
    if (answer?.ok && (link() || data !== null)) return { address, setUpLink: link(), stop, pid: child.pid, said: () => said };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await stop();
  throw new Error(`${binary} ${arguments_.join(" ")} was not ready (ended: ${ended}). It said:\n${said}`);
}
