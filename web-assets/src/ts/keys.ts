// Single keys and rows. They are off in fields and dialogs, can be switched off (WCAG 2.1.4), and only ever press what the
// page marked with data-key, so nothing acts on money or rights unless a page says so.
import { $, $$, on, el, typing, stored } from "./dom";
import { openDialog } from "./dialogs";
import { undoNewest } from "./toasts";

const SWITCH_KEY = "mandate.single-keys";
const GOTO_MS = 1500;
const ROWS = "tbody tr[data-row], li[data-row]";

let gotoUntil = 0;

/** A node in a closed details has boxes but is not seen. */
const visible = (node: HTMLElement): boolean => node.checkVisibility();
const currentRow = (): HTMLElement | null => document.activeElement?.closest<HTMLElement>("[data-row]") ?? null;

function moveRow(step: 1 | -1): void {
  const rows = $$(ROWS).filter(visible);
  const now = currentRow();
  const at = now ? rows.indexOf(now) : step > 0 ? -1 : rows.length;
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
  if (!next) return;
  next.tabIndex = -1;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function moveTab(step: 1 | -1): void {
  const tabs = $$<HTMLAnchorElement>("[data-tabs] a");
  const at = tabs.findIndex((tab) => tab.hasAttribute("aria-current"));
  if (at >= 0) tabs[at + step]?.click();
}

function press(key: string, root: ParentNode = document): boolean {
  const target = $$(`[data-key="${key}"]`, root).find(visible);
  target?.click();
  return target !== undefined;
}

function single(key: string): boolean {
  const row = currentRow();
  switch (key) {
    case "/": {
      const field = $$<HTMLInputElement>("[data-filter-focus], main input[type=search]").find(visible);
      const menu = $<HTMLDetailsElement>("main details[data-menu]:has([data-filter-form])");
      if (field) field.focus(); else if (menu) { menu.open = true; $("select, input:not([type=hidden])", menu)?.focus(); } else return false;
      return true;
    }
    case "?": { const help = $<HTMLDialogElement>("#shortcuts"); if (help) openDialog(help); return help !== null; }
    case "j": moveRow(1); return true;
    case "k": moveRow(-1); return true;
    case "x": { const box = row && $<HTMLInputElement>("[data-pick]", row); box?.click(); return Boolean(box); }
    case "c": return press("c");
    case "e": return (row !== null && press("e", row)) || press("e", $("main") ?? document);
    case "u": return undoNewest();
    case "t": { const toggle = $$("[data-twin-toggle]").find(visible); toggle?.click(); return toggle !== undefined; }
    case "[": moveTab(-1); return true;
    case "]": moveTab(1); return true;
    case ".": { const menu = row && $("[data-row-menu] > summary", row); menu?.click(); menu?.focus(); return Boolean(menu); }
    case "g": gotoUntil = Date.now() + GOTO_MS; return true;
    default: return false;
  }
}

function escape(): void {
  if (typing(document.activeElement)) (document.activeElement as HTMLElement).blur();
  else if ($(".bulk.on")) $("[data-bulk-clear]")?.click();
  else currentRow()?.blur();
}

export function startKeys(): void {
  const off = (): boolean => stored.get(SWITCH_KEY) === "off";
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape" && !$("dialog[open]")) { escape(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || $("dialog[open]")) return;
    if (event.key === "Enter" && event.target instanceof HTMLElement && event.target.matches("[data-row]")) {
      $("[data-row-link], a[href]", event.target)?.click();
      return;
    }
    if (off()) return;
    if (Date.now() < gotoUntil) {
      gotoUntil = 0;
      const link = $(`[data-shortcut="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); return; }
    }
    if (single(event.key)) event.preventDefault();
  });

  const box = $<HTMLInputElement>("[data-single-keys]");
  if (box) {
    box.checked = !off();
    box.addEventListener("change", () => stored.set(SWITCH_KEY, box.checked ? "on" : "off"));
  }
  const list = $("[data-goto-list]");
  for (const link of $$("[data-shortcut]")) {
    if (!list) break;
    const line = el("div");
    const term = el("dt");
    term.append(el("kbd", { class: "kbd" }, "g"), el("kbd", { class: "kbd" }, link.dataset["shortcut"] ?? ""));
    line.append(term, el("dd", {}, $("span:not(.n)", link)?.textContent ?? ""));
    list.append(line);
  }
  on("click", "tr[data-row]", (row, event) => {
    if (!(event.target instanceof Element) || event.target.closest("a, button, input, label, summary, select")) return;
    if (getSelection()?.toString()) return;
    row.tabIndex = -1;
    row.focus();
  });
}
