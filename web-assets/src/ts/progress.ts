// Long work: polls {done, total, state, message, href} and fills the bar; the page may be left at any time.
import { $, $$ } from "./dom";

interface Progress { done: number; total: number; state: "running" | "done" | "failed" | "cancelled"; message: string; href: string | null }

const EVERY_MS = 1000;
const SLOWEST_MS = 10_000;

function follow(box: HTMLElement): void {
  const bar = $<HTMLProgressElement>("progress", box);
  const text = $("[data-progress-text]", box);
  let wait = EVERY_MS;
  const tick = async (): Promise<void> => {
    if (!box.isConnected) return;
    try {
      const answer = await fetch(box.dataset["progressUrl"] ?? "", { headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const now = await answer.json() as Progress;
      if (bar) { bar.max = Math.max(1, now.total); bar.value = now.done; }
      if (text && text.textContent !== now.message) text.textContent = now.message;
      if (now.state !== "running") {
        $("form", box)?.remove();
        if (now.href && now.state === "done") location.assign(now.href);
        return;
      }
      wait = EVERY_MS;
    } catch { wait = Math.min(SLOWEST_MS, wait * 2); }
    window.setTimeout(() => void tick(), wait);
  };
  window.setTimeout(() => void tick(), EVERY_MS);
}

export function startProgress(): void {
  for (const box of $$("[data-progress-url]")) follow(box);
}
