// Fields that name another record: a combobox over the address the server gave. What is chosen goes out as its id in a hidden
// field; what is only typed goes out as typed, and the server says whether it means one record. Without script the input is all.
import { $, $$, el, announce } from "./dom";

interface Choice { id: string; name: string; context: string }

const WAIT_MS = 140;

function start(box: HTMLElement, nth: number): void {
  const input = $<HTMLInputElement>("input", box);
  const src = box.dataset["pickRecord"];
  if (!input || !src) return;
  const field = input.name;
  const kept = el("input", { type: "hidden" });
  const list = el("ul", { role: "listbox", id: `records-${nth}`, class: "records", hidden: "", "aria-label": input.labels?.[0]?.textContent ?? "" });
  box.append(kept, list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) input.setAttribute(name, value);

  let shown: Choice[] = [];
  let chosen = -1;
  let timer = 0;
  let asked: AbortController | null = null;

  // Either the hidden field or the typed text has the name, never both.
  const keep = (id: string, name: string): void => {
    kept.name = id ? field : "";
    kept.value = id;
    input.name = id ? "" : field;
    if (id) input.value = name;
  };
  const close = (): void => {
    window.clearTimeout(timer);
    asked?.abort();
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (at: number): void => {
    const all = $$("[role=option]", list);
    if (all.length === 0) return;
    chosen = (at + all.length) % all.length;
    all.forEach((option, idx) => option.setAttribute("aria-selected", String(idx === chosen)));
    const current = all[chosen];
    if (current) { input.setAttribute("aria-activedescendant", current.id); current.scrollIntoView({ block: "nearest" }); }
  };
  const take = (at: number): void => {
    const choice = shown[at];
    if (!choice) return;
    keep(choice.id, choice.name);
    close();
  };
  const draw = (choices: Choice[]): void => {
    shown = choices;
    list.replaceChildren(...choices.map((choice, idx) => {
      const option = el("li", { role: "option", id: `${list.id}-${idx}`, "aria-selected": "false" }, choice.name);
      if (choice.context) option.append(el("span", { class: "cx" }, choice.context));
      return option;
    }));
    list.hidden = choices.length === 0;
    input.setAttribute("aria-expanded", String(choices.length > 0));
    input.removeAttribute("aria-activedescendant");
    chosen = -1;
    announce(choices.length === 0 ? box.dataset["none"] ?? "" : (box.dataset["found"] ?? "").replace("{n}", String(choices.length)));
  };
  const find = async (): Promise<void> => {
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(`${src}&q=${encodeURIComponent(kept.value ? "" : input.value.trim())}`, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      draw((await answer.json() as { choices: Choice[] }).choices);
    } catch (error) {
      // The field still takes a name or an id as typed.
      if (!(error instanceof DOMException && error.name === "AbortError")) close();
    }
  };

  if (input.dataset["id"]) keep(input.dataset["id"], input.dataset["name"] ?? input.value);
  input.addEventListener("input", () => {
    keep("", "");
    window.clearTimeout(timer);
    if (input.value.trim() === "") { close(); return; }
    timer = window.setTimeout(() => void find(), WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    const open = !list.hidden;
    if (event.key === "ArrowDown") { event.preventDefault(); if (open) choose(chosen + 1); else void find().then(() => choose(0)); }
    if (event.key === "ArrowUp" && open) { event.preventDefault(); choose(chosen < 0 ? -1 : chosen - 1); }
    if (event.key === "Enter" && open && chosen >= 0) { event.preventDefault(); take(chosen); }
    if (event.key === "Escape" && open) { event.preventDefault(); event.stopPropagation(); close(); }
    if (event.key === "Tab" && open && chosen >= 0) take(chosen);
  });
  input.addEventListener("blur", close);
  // Before the input loses focus, else the list is gone by the time of the click.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target instanceof Element ? event.target.closest<HTMLElement>("[role=option]") : null;
    if (option) take($$("[role=option]", list).indexOf(option));
  });
}

export function startRecords(): void {
  $$("[data-pick-record]").forEach(start);
}
