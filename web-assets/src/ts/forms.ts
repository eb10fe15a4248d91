// Forms: Ctrl or Cmd Enter sends, the error summary takes focus, a form is sent once, files can be dropped, text copied.
import { $, $$, on, announce } from "./dom";

export function startForms(): void {
  const summary = $("[data-error-summary]");
  if (summary) { summary.focus(); summary.scrollIntoView({ block: "center" }); }

  on("click", "[data-error-summary] a", (link, event) => {
    const field = $(link.getAttribute("href") ?? "");
    if (!field) return;
    event.preventDefault();
    const target = field.matches("fieldset") ? $("input", field) ?? field : field;
    target.focus();
    field.scrollIntoView({ block: "center" });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const form = event.target instanceof Element ? event.target.closest("form") : null;
    if (!form || form.closest("#palette")) return;
    event.preventDefault();
    form.requestSubmit($<HTMLButtonElement>("button.pri[type=submit]", form));
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !(form instanceof HTMLFormElement) || form.getAttribute("method")?.toLowerCase() !== "post") return;
    if (form.dataset["sent"]) { event.preventDefault(); return; }
    form.dataset["sent"] = "yes";
    const button = event.submitter;
    button?.setAttribute("aria-busy", "true");
    // A download answers without leaving the page: the form opens again by itself.
    window.setTimeout(() => { delete form.dataset["sent"]; button?.removeAttribute("aria-busy"); }, 5000);
  });
  addEventListener("pageshow", () => { for (const form of $$<HTMLFormElement>("form[data-sent]")) { delete form.dataset["sent"]; for (const button of $$("[aria-busy]", form)) button.removeAttribute("aria-busy"); } });

  for (const zone of $$("[data-dropzone]")) {
    const input = $<HTMLInputElement>("input[type=file]", zone);
    const over = (is: boolean) => (event: DragEvent): void => { event.preventDefault(); zone.classList.toggle("over", is); };
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (event) => {
      over(false)(event);
      if (!input || !event.dataTransfer?.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }

  on("click", "[data-copy]", (button) => {
    const label = $("span", button);
    const before = label?.textContent ?? "";
    void navigator.clipboard?.writeText(button.dataset["copy"] ?? "").then(() => {
      const done = button.dataset["copied"] ?? "";
      if (label) label.textContent = done;
      announce(done);
      setTimeout(() => { if (label) label.textContent = before; }, 2000);
    });
  });

  // A select that sends its form when changed: for view switches only; without script the form shows its button.
  on("change", "[data-auto-submit]", (field) => field.closest("form")?.requestSubmit());
}
