// Toasts: ten seconds, paused by hover and focus, spoken once. The server draws them; undo is a form of one button.
import { $, $$, on, announce } from "./dom";

const LIFE_MS = 10_000;

function start(toast: HTMLElement): void {
  let left = LIFE_MS;
  let since = 0;
  let timer = 0;
  const run = (): void => { since = Date.now(); timer = window.setTimeout(() => toast.remove(), left); };
  const pause = (): void => { window.clearTimeout(timer); left -= Date.now() - since; };
  toast.addEventListener("mouseenter", pause);
  toast.addEventListener("mouseleave", run);
  toast.addEventListener("focusin", pause);
  toast.addEventListener("focusout", run);
  run();
}

export function startToasts(): void {
  const toasts = $$("[data-toast]");
  for (const toast of toasts) start(toast);
  const text = toasts.map((toast) => $("p", toast)?.textContent ?? "").join(" ");
  if (text) setTimeout(() => announce(text), 300);
  on("click", "[data-toast-close]", (button) => button.closest("[data-toast]")?.remove());
}

/** Presses the Undo of the newest toast; false where there is none. */
export function undoNewest(): boolean {
  const button = $$("[data-toast] [data-undo]").at(-1);
  button?.click();
  return button !== undefined;
}
