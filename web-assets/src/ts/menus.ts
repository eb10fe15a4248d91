// <details data-menu>: arrow keys, Esc, a click elsewhere; inside scrollers the panel floats so that nothing cuts it.
import { $, $$, on } from "./dom";

const items = (menu: HTMLElement): HTMLElement[] => $$("a[href], button:not([disabled]), input, select", $(".panel", menu) ?? menu).filter((node) => node.checkVisibility());

function close(menu: HTMLDetailsElement, focus: boolean): void {
  menu.open = false;
  if (focus) $("summary", menu)?.focus();
}

/** Places the panel next to its button, inside the window; CSS alone does it where script is off. */
function place(menu: HTMLDetailsElement): void {
  const panel = $(".panel", menu);
  const summary = $("summary", menu);
  if (!panel || !summary || menu.matches(".me, .all")) return;
  panel.style.cssText = "position:fixed;left:0;top:0;right:auto";
  const box = summary.getBoundingClientRect();
  const size = panel.getBoundingClientRect();
  const right = menu.classList.contains("right");
  const left = Math.max(12, Math.min(right ? box.right - size.width : box.left, innerWidth - size.width - 12));
  const below = box.bottom + 4 + size.height <= innerHeight - 8;
  const top = below ? box.bottom + 4 : Math.max(8, box.top - 4 - size.height);
  panel.style.left = `${left}px`;
  panel.style.top = `${top}px`;
  panel.style.maxHeight = `${innerHeight - 16}px`;
}

export function startMenus(): void {
  const open = (): HTMLDetailsElement[] => $$<HTMLDetailsElement>("details[data-menu][open]");
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLDetailsElement) || !menu.matches("[data-menu]") || !menu.open) return;
    for (const other of open()) if (other !== menu && !other.contains(menu)) other.open = false;
    place(menu);
  }, true);
  document.addEventListener("click", (event) => {
    for (const menu of open()) if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
  });
  addEventListener("resize", () => { for (const menu of open()) place(menu); });
  addEventListener("scroll", (event) => {
    for (const menu of open()) if (!(event.target instanceof Node) || !menu.contains(event.target)) place(menu);
  }, { passive: true, capture: true });
  on("keydown", "details[data-menu]", (node, event) => {
    const menu = node as HTMLDetailsElement;
    const onSummary = event.target instanceof Element && event.target.closest("summary") !== null;
    if (event.key === "Escape" && menu.open) { event.stopPropagation(); event.preventDefault(); close(menu, true); return; }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    if (event.target instanceof HTMLSelectElement || (event.target instanceof HTMLInputElement && event.target.type !== "checkbox")) return;
    event.preventDefault();
    if (onSummary && !menu.open) { menu.open = true; place(menu); }
    const list = items(menu);
    const at = list.indexOf(document.activeElement as HTMLElement);
    const step = event.key === "ArrowDown" ? 1 : -1;
    list[at < 0 ? (step > 0 ? 0 : list.length - 1) : (at + step + list.length) % list.length]?.focus();
  });
}
