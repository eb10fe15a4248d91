// Tables: roles for labelled rows, selection and the bulk bar, column order, filter rows.
import { $, $$, on } from "./dom";

/** CSS display on table parts drops their roles on a phone, so every part says what it is. */
function addRoles(): void {
  for (const table of $$("table.cards")) {
    const give = (selector: string, role: string): void => { for (const node of $$(selector, table)) if (!node.hasAttribute("role")) node.setAttribute("role", role); };
    if (!table.hasAttribute("role")) table.setAttribute("role", "table");
    give("thead, tbody, tfoot", "rowgroup");
    give("tr", "row");
    give("thead th", "columnheader");
    give("tbody th, tfoot th", "rowheader");
    give("td", "cell");
  }
}

// `form.id` would be the boxes named "id", not the attribute.
const idOf = (bar: HTMLElement): string => bar.getAttribute("id") ?? "";

function refresh(bar: HTMLElement): void {
  const boxes = $$<HTMLInputElement>(`[data-pick][form="${idOf(bar)}"]`);
  const n = boxes.filter((box) => box.checked).length;
  bar.classList.toggle("on", n > 0);
  const count = $("[data-bulk-count]", bar);
  if (count) count.textContent = n > 0 ? (bar.dataset["selected"] ?? "{n}").replace("{n}", String(n)) : "";
  for (const box of boxes) box.closest("tr")?.classList.toggle("sel", box.checked);
  const all = $<HTMLInputElement>(`[data-pick-all="${idOf(bar)}"]`);
  if (all) { all.checked = n > 0 && n === boxes.length; all.indeterminate = n > 0 && n < boxes.length; }
}

export function startTables(): void {
  addRoles();
  for (const bar of $$("[data-bulk]")) refresh(bar);
  on("change", "[data-pick]", (box) => { const bar = $(`#${CSS.escape(box.getAttribute("form") ?? "")}`); if (bar) refresh(bar); });
  on("change", "[data-pick-all]", (all) => {
    const bar = $(`#${CSS.escape(all.dataset["pickAll"] ?? "")}`);
    if (!bar) return;
    for (const box of $$<HTMLInputElement>(`[data-pick][form="${idOf(bar)}"]`)) box.checked = (all as HTMLInputElement).checked;
    refresh(bar);
  });
  on("click", "[data-bulk-clear]", (button) => {
    const bar = button.closest<HTMLElement>("[data-bulk]");
    if (!bar) return;
    for (const box of $$<HTMLInputElement>(`[data-pick][form="${idOf(bar)}"]`)) box.checked = false;
    refresh(bar);
  });
  on("click", "[data-move]", (button, event) => {
    event.preventDefault();
    const row = button.closest("li");
    const list = row?.parentElement;
    if (!row || !list) return;
    if (button.dataset["move"] === "up") row.previousElementSibling?.before(row); else row.nextElementSibling?.after(row);
    const rows = $$("li", list);
    rows.forEach((item, idx) => {
      const [up, down] = [$<HTMLButtonElement>("[data-move=up]", item), $<HTMLButtonElement>("[data-move=down]", item)];
      if (up) up.disabled = idx === 0;
      if (down) down.disabled = idx === rows.length - 1;
    });
    if ((button as HTMLButtonElement).disabled) $<HTMLButtonElement>("[data-move]:not(:disabled)", row)?.focus(); else button.focus();
  });
  on("click", "[data-cond-add]", (button) => {
    const box = $("[data-conds]", button.closest("form") ?? document);
    const last = box?.lastElementChild;
    if (!box || !last) return;
    const row = last.cloneNode(true) as HTMLElement;
    for (const field of $$<HTMLInputElement | HTMLSelectElement>("input, select", row)) field.value = field instanceof HTMLSelectElement ? (field.options[0]?.value ?? "") : "";
    box.append(row);
    $("select", row)?.focus();
  });
  on("click", "[data-cond-remove]", (button) => {
    const row = button.closest<HTMLElement>("[data-cond]");
    const box = row?.parentElement;
    if (!row || !box) return;
    if (box.children.length > 1) row.remove();
    else for (const field of $$<HTMLInputElement | HTMLSelectElement>("input, select", row)) field.value = "";
    $("select", box)?.focus();
  });
  // Empty conditions stay out of the address.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-filter-form]")) return;
    for (const row of $$("[data-cond]", form)) if (!$<HTMLSelectElement>("select[name=f]", row)?.value) for (const field of $$<HTMLInputElement>("input, select", row)) field.disabled = true;
  });
}
