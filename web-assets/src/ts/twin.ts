// "Table": the twin of a chart and back. If the charts' script does not come, the twin stays.
import { $, $$, on } from "./dom";

export function showTwin(figure: HTMLElement, table: boolean): void {
  figure.classList.toggle("as-table", table);
  for (const button of $$(`[data-twin-toggle="${figure.id}"]`)) button.setAttribute("aria-pressed", String(table));
  // The legend belongs to the drawing and stands before it.
  for (const legend of $$(".leg", figure.parentElement ?? figure)) if (legend.compareDocumentPosition(figure) & Node.DOCUMENT_POSITION_FOLLOWING) legend.hidden = table;
  if (!table) figure.dispatchEvent(new CustomEvent("mandate:draw"));
}

export function startTwins(): void {
  on("click", "[data-twin-toggle]", (button) => {
    const figure = $(`#${CSS.escape(button.dataset["twinToggle"] ?? "")}`);
    if (figure) showTwin(figure, !figure.classList.contains("as-table"));
  });
  addEventListener("load", () => setTimeout(() => {
    for (const figure of $$("figure[data-chart]:not([data-drawn])")) showTwin(figure, true);
  }, 1500));
}
