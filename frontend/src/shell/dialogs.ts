/**
 * Native dialogs. `data-open-dialog="id"` opens one, `data-close-dialog` closes it, content that
 * htmx swaps into a `<dialog data-auto-open>` opens it, the event `dialog-close` closes all.
 * `hx-confirm` and `data-confirm` (on a submit button) ask in a dialog instead of the browser's box.
 */
import { element, t } from "../page";

/** Asks a question; `action` names the button that goes on. */
export function ask(question: string, action = "", danger = false): Promise<boolean> {
  const dialog = element("dialog", { class: "dialog dialog-small", "aria-labelledby": "ask-text" });
  const yes = element(
    "button",
    { type: "submit", value: "yes", class: `btn ${danger ? "btn-danger" : "btn-primary"}` },
    action || t("确定"),
  );
  const no = element("button", { type: "submit", value: "no", class: "btn" }, t("取消"));
  const buttons = element("div", { class: "dialog-actions" }, no, yes);
  const text = element("p", { id: "ask-text", class: "dialog-text" }, question);
  dialog.append(element("form", { method: "dialog" }, text, buttons));
  document.body.append(dialog);
  dialog.showModal();
  yes.focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

interface Confirmation {
  ctx: { confirm: string; sourceElement?: Element };
  issueRequest: () => void;
  dropRequest: () => void;
}

function confirmHtmx(event: Event): void {
  event.preventDefault();
  const { ctx, issueRequest, dropRequest } = (event as CustomEvent<Confirmation>).detail;
  const source = event.target instanceof HTMLElement ? event.target : null;
  void ask(ctx.confirm, source?.dataset.action, source?.matches(".btn-danger, .text-danger")).then((yes) => {
    if (yes) issueRequest();
    else dropRequest();
  });
}

function confirmSubmit(event: SubmitEvent): void {
  const button = event.submitter;
  if (!button?.dataset.confirm || button.dataset.confirmed !== undefined) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  void ask(button.dataset.confirm, button.textContent.trim(), button.classList.contains("btn-danger")).then((yes) => {
    if (!yes) return;
    button.dataset.confirmed = "";
    (event.target as HTMLFormElement).requestSubmit(button);
    delete button.dataset.confirmed;
  });
}

function onClick(event: MouseEvent): void {
  if (!(event.target instanceof Element)) return;
  const opener = event.target.closest<HTMLElement>("[data-open-dialog]");
  const dialog = document.getElementById(opener?.dataset.openDialog ?? "");
  if (dialog instanceof HTMLDialogElement) {
    event.preventDefault(); // the opener may be a link to the same thing as a page
    if (!dialog.open) dialog.showModal();
  }
  if (event.target.closest("[data-close-dialog]")) event.target.closest("dialog")?.close();
  // A click on the dialog itself is one on its backdrop: its content fills it.
  if (event.target instanceof HTMLDialogElement && event.target.dataset.lightDismiss !== undefined) event.target.close();
}

export function setUpDialogs(root: Document): void {
  root.addEventListener("click", onClick);
  root.addEventListener("submit", confirmSubmit, true);
  root.addEventListener("htmx:confirm", confirmHtmx);
  root.addEventListener("htmx:after:swap", () => {
    for (const dialog of root.querySelectorAll<HTMLDialogElement>("dialog[data-auto-open]:not([open])")) {
      if (dialog.querySelector("[data-dialog-content]")) dialog.showModal();
    }
  });
  root.addEventListener("dialog-close", () => {
    for (const dialog of root.querySelectorAll<HTMLDialogElement>("dialog[open]")) dialog.close();
  });
  root.addEventListener(
    "close",
    (event) => {
      if (event.target instanceof HTMLDialogElement && event.target.dataset.autoOpen !== undefined) {
        event.target.replaceChildren();
      }
    },
    true,
  );
}
