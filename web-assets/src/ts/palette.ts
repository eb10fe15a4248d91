// Command palette (Ctrl or Cmd K): a combobox over /search.json, recent places first. It shows what the server answers, and
// nothing about what it holds back.
import { $, $$, on, el, icon, announce, stored } from "./dom";
import { openDialog } from "./dialogs";

interface Item { title: string; context?: string; href: string; kind?: string; shortcut?: string; icon?: string }
interface Group { title: string; items: Item[] }

const RECENT_KEY = "mandate.recent";
const RECENT_MAX = 6;
const WAIT_MS = 140;
const ICONS: Record<string, string> = { account: "bldg", person: "people", room: "grid", do: "plus", help: "help", issue: "flag", order: "box", renewal: "deal", kpi: "gauge", measure: "gauge", recent: "clock" };

function recent(): Item[] {
  try {
    const list: unknown = JSON.parse(stored.get(RECENT_KEY) ?? "[]");
    return Array.isArray(list) ? list.filter((item): item is Item => typeof item?.title === "string" && typeof item?.href === "string") : [];
  } catch { return []; }
}

function remember(item: Item): void {
  const { title, context, href, kind } = item;
  const kept = recent().filter((other) => other.href !== href);
  stored.set(RECENT_KEY, JSON.stringify([{ title, context, href, kind }, ...kept].slice(0, RECENT_MAX)));
}

function rooms(): Item[] {
  return $$<HTMLAnchorElement>(".side.nav li a").map((link) => ({
    title: $("span:not(.n)", link)?.textContent ?? "",
    href: link.getAttribute("href") ?? "/",
    kind: "room",
    icon: /#i-(.+)$/.exec($("use", link)?.getAttribute("href") ?? "")?.[1] ?? "grid",
    ...(link.dataset["shortcut"] ? { shortcut: `g ${link.dataset["shortcut"]}` } : {}),
  }));
}

export function startPalette(): void {
  const dialog = $<HTMLDialogElement>("#palette");
  const input = dialog && $<HTMLInputElement>("input", dialog);
  const list = dialog && $("#palette-list", dialog);
  if (!dialog || !input || !list) return;
  const words = dialog.dataset;
  let chosen = -1;
  let shown: Item[] = [];
  let timer = 0;
  let asked: AbortController | null = null;

  const options = (): HTMLElement[] => $$("[role=option]", list);
  const choose = (at: number): void => {
    const all = options();
    if (all.length === 0) { chosen = -1; input.removeAttribute("aria-activedescendant"); return; }
    chosen = (at + all.length) % all.length;
    all.forEach((option, idx) => option.setAttribute("aria-selected", String(idx === chosen)));
    const current = all[chosen];
    if (current) { input.setAttribute("aria-activedescendant", current.id); current.scrollIntoView({ block: "nearest" }); }
  };

  const draw = (groups: Group[], query: string): void => {
    list.replaceChildren();
    shown = [];
    groups.filter((group) => group.items.length > 0).forEach((group, groupIdx) => {
      const box = el("div", { role: "group", "aria-labelledby": `palette-g${groupIdx}` });
      box.append(el("div", { class: "gt", id: `palette-g${groupIdx}`, role: "presentation" }, group.title));
      for (const item of group.items) {
        const option = el("a", { class: "op", role: "option", id: `palette-o${shown.length}`, href: item.href, tabindex: "-1", "aria-selected": "false" });
        option.append(icon(item.icon ?? ICONS[item.kind ?? ""] ?? "arrow"), el("span", { class: "nm" }, item.title));
        if (item.context) option.append(el("span", { class: "cx" }, item.context));
        if (item.shortcut) option.append(el("span", { class: "kbd", "aria-hidden": "true" }, item.shortcut));
        shown.push(item);
        box.append(option);
      }
      list.append(box);
    });
    if (shown.length === 0) list.append(el("p", { class: "mt" }, (words["empty"] ?? "").replace("{q}", query)));
    choose(0);
    if (query) announce(shown.length === 0 ? (words["empty"] ?? "").replace("{q}", query) : (words["found"] ?? "").replace("{n}", String(shown.length)));
  };

  const local = (query: string): Group[] => {
    const match = (item: Item): boolean => item.title.toLowerCase().includes(query.toLowerCase());
    const groups: Group[] = [{ title: words["groupGoto"] ?? "", items: rooms().filter(match) }];
    return query ? groups : [{ title: words["groupRecent"] ?? "", items: recent().map((item) => ({ ...item, icon: "clock" })) }, ...groups];
  };

  const find = async (query: string): Promise<void> => {
    asked?.abort();
    if (!query) { draw(local(""), ""); return; }
    asked = new AbortController();
    try {
      const answer = await fetch(`${words["src"]}?q=${encodeURIComponent(query)}`, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const body = await answer.json() as { groups: Group[] };
      const known = new Set(body.groups.flatMap((group) => group.items.map((item) => item.href)));
      const own = local(query).map((group) => ({ ...group, items: group.items.filter((item) => !known.has(item.href)) }));
      draw([...own, ...body.groups], query);
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") return;
      draw(local(query), query);
      list.append(el("p", { class: "mt", role: "alert" }, words["failed"] ?? ""));
    }
  };

  const open = (): void => { input.value = ""; draw(local(""), ""); openDialog(dialog); input.focus(); };
  const go = (newTab: boolean): void => {
    const item = shown[chosen];
    if (!item) return;
    remember(item);
    if (newTab) window.open(item.href, "_blank", "noopener"); else location.assign(item.href);
    dialog.close();
  };

  on("click", "[data-palette-open]", (_, event) => { if (event.ctrlKey || event.metaKey) return; event.preventDefault(); open(); });
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    if (dialog.open) dialog.close(); else if (!$("dialog[open]")) open();
  });
  input.addEventListener("input", () => { window.clearTimeout(timer); timer = window.setTimeout(() => void find(input.value.trim()), WAIT_MS); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen - 1); }
    if (event.key === "Enter" && shown[chosen]) { event.preventDefault(); go(event.ctrlKey || event.metaKey); }
  });
  list.addEventListener("click", (event) => {
    const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    const item = option ? shown[options().indexOf(option as HTMLElement)] : undefined;
    if (item) remember(item);
  });
  if (/Mac|iPhone|iPad/.test(navigator.platform)) for (const key of $$("[data-mod-key]")) key.textContent = `⌘ ${key.dataset["modKey"]}`;
}
