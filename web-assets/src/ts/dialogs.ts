// Native dialogs: open, close, give focus back; and the question before a destructive post.
import { $, on } from "./dom";

export function openDialog(dialog: HTMLDialogElement): void {
  if (dialog.open) return;
  const before = document.activeElement;
  dialog.showModal();
  dialog.addEventListener("close", () => { if (before instanceof HTMLElement && before.isConnected) before.focus(); }, { once: true });
}

/** Resolves to true when the person presses the verb, false for Esc, "Keep it" and a click beside. */
function ask(form: HTMLFormElement): Promise<boolean> {
  const dialog = $<HTMLDialogElement>("#confirm");
  if (!dialog) return Promise.resolve(true);
  const set = (selector: string, text: string): void => { const node = $(selector, dialog); if (node) node.textContent = text; };
  set("#confirm-h", form.dataset["confirmTitle"] ?? "");
  set("#confirm-b", form.dataset["confirmBody"] ?? "");
  set("[data-yes]", form.dataset["confirmAction"] ?? "");
  set("[data-no]", form.dataset["confirmKeep"] ?? dialog.dataset["keep"] ?? "");
  return new Promise((resolve) => {
    const yes = (): void => { dialog.close("yes"); };
    const no = (): void => { dialog.close("no"); };
    $("[data-yes]", dialog)?.addEventListener("click", yes);
    $("[data-no]", dialog)?.addEventListener("click", no);
    dialog.returnValue = "no";
    openDialog(dialog);
    dialog.addEventListener("close", () => {
      $("[data-yes]", dialog)?.removeEventListener("click", yes);
      $("[data-no]", dialog)?.removeEventListener("click", no);
      resolve(dialog.returnValue === "yes");
    }, { once: true });
  });
}

export function startDialogs(): void {
  on("click", "[data-dialog-open]", (button, event) => {
    const dialog = $<HTMLDialogElement>(button.dataset["dialogOpen"] ?? "");
    if (!(dialog instanceof HTMLDialogElement)) return;
    event.preventDefault();
    openDialog(dialog);
  });
  on("click", "[data-dialog-close]", (button) => button.closest("dialog")?.close());
  document.addEventListener("click", (event) => { if (event.target instanceof HTMLDialogElement) event.target.close(); });
  const agreed = new WeakSet<HTMLFormElement>();
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset["confirmTitle"] === undefined) return;
    if (agreed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    void ask(form).then((yes) => {
      if (!yes) return;
      agreed.add(form);
      form.requestSubmit(submitter);
    });
  }, true);
}
