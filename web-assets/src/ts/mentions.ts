// A note that mentions colleagues: what follows an @ is looked up at the address the server gave, and a choice is put in as the
// whole name. Without script the name is typed, or given in the field beside; the server decides whom a text mentions.
import { $, $$, el, announce } from "./dom";

interface Choice { id: string; name: string; context: string }

const WAIT_MS = 140;
// An @ at the beginning of a word, and up to three words of a name after it.
const BEGUN = /(^|[\s(])@([^\s@]*(?: [^\s@]+){0,2})$/u;

function start(box: HTMLElement, nth: number): void {
  const area = $<HTMLTextAreaElement>("textarea", box);
  const src = box.dataset["mentions"];
  if (!area || !src) return;
  const list = el("ul", { role: "listbox", id: `mentions-${nth}`, class: "records", hidden: "", "aria-label": area.labels?.[0]?.textContent ?? "" });
  box.classList.add("pick");
  box.append(list);
  for (const [name, value] of Object.entries({ "aria-autocomplete": "list", "aria-controls": list.id })) area.setAttribute(name, value);

  let shown: Choice[] = [];
  let chosen = -1;
  let timer = 0;
  let asked: AbortController | null = null;

  const begun = (): string | null => BEGUN.exec(area.value.slice(0, area.selectionStart))?.[2] ?? null;
  const close = (): void => {
    window.clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    chosen = -1;
    area.removeAttribute("aria-activedescendant");
  };
  const choose = (at: number): void => {
    const all = $$("[role=option]", list);
    if (all.length === 0) return;
    chosen = (at + all.length) % all.length;
    all.forEach((option, idx) => option.setAttribute("aria-selected", String(idx === chosen)));
    const current = all[chosen];
    if (current) { area.setAttribute("aria-activedescendant", current.id); current.scrollIntoView({ block: "nearest" }); }
  };
  const take = (at: number): void => {
    const choice = shown[at];
    const typed = begun();
    if (!choice || typed === null) return;
    const end = area.selectionStart;
    area.setRangeText(`${choice.name} `, end - typed.length, end, "end");
    close();
    area.focus();
  };
  const draw = (choices: Choice[]): void => {
    shown = choices;
    list.replaceChildren(...choices.map((choice, idx) => el("li", { role: "option", id: `${list.id}-${idx}`, "aria-selected": "false" }, choice.name)));
    list.hidden = choices.length === 0;
    chosen = -1;
    announce(choices.length === 0 ? box.dataset["none"] ?? "" : (box.dataset["found"] ?? "").replace("{n}", String(choices.length)));
    if (choices.length > 0) choose(0);
  };
  const find = async (typed: string): Promise<void> => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${src}?q=${encodeURIComponent(typed)}`, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      draw((await answer.json() as { choices: Choice[] }).choices);
    } catch (error) {
      // The name can still be typed.
      if (!(error instanceof DOMException && error.name === "AbortError")) close();
    }
  };

  area.addEventListener("input", () => {
    window.clearTimeout(timer);
    const typed = begun();
    if (typed === null) { close(); return; }
    timer = window.setTimeout(() => void find(typed), WAIT_MS);
  });
  area.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen - 1); }
    if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); take(Math.max(chosen, 0)); }
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); close(); }
  });
  area.addEventListener("blur", close);
  // Before the text loses focus, else the list is gone by the time of the click.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=option]") : null;
    if (option) take($$("[role=option]", list).indexOf(option));
  });
}

export function startMentions(): void {
  $$("[data-mentions]").forEach(start);
}
