/** Short messages at the edge of the page: from `HX-Trigger: toast`, from scripts, from the server. */
import { element, t } from "../page";

export type Tone = "success" | "info" | "warning" | "danger";
interface Detail {
  text?: string;
  tone?: Tone;
}

const SECONDS: Record<Tone, number> = { success: 4, info: 6, warning: 10, danger: 0 };

function arm(toast: HTMLElement): void {
  const seconds = SECONDS[(toast.dataset.tone ?? "info") as Tone];
  toast.querySelector("button")?.addEventListener("click", () => toast.remove());
  if (seconds === 0) return;
  let timer = window.setTimeout(() => toast.remove(), seconds * 1000);
  toast.addEventListener("pointerenter", () => window.clearTimeout(timer));
  toast.addEventListener("pointerleave", () => (timer = window.setTimeout(() => toast.remove(), 2000)));
}

/** Shows `text`; errors stay until closed. */
export function showToast(text: string, tone: Tone = "success"): void {
  const region = document.getElementById("toasts");
  if (!region) return;
  const close = element("button", { type: "button", class: "toast-close", "aria-label": t("关闭") }, "×");
  const toast = element("div", { class: "toast-line", "data-tone": tone }, element("span", {}, text), close);
  region.append(toast);
  arm(toast);
}

/** An error for a fragment lands behind an open dialog: bring it to the front. */
function showInDialog(): void {
  const dialog = document.querySelector("dialog[open]");
  const problems = document.getElementById("problems");
  if (!dialog || !problems?.firstElementChild) return;
  dialog.querySelector(".problem")?.remove();
  dialog.prepend(problems.firstElementChild);
}

export function setUpToasts(root: Document): void {
  for (const toast of root.querySelectorAll<HTMLElement>("#toasts .toast-line")) arm(toast);
  root.addEventListener("toast", (event) => {
    const detail = (event as CustomEvent<Detail>).detail;
    if (detail.text) showToast(detail.text, detail.tone);
  });
  root.addEventListener("htmx:error", () => showToast(t("网络不通，操作没有生效，请稍后再试。"), "danger"));
  root.addEventListener("htmx:finally:request", showInDialog);
  root.addEventListener("click", (event) => {
    if (event.target instanceof Element) event.target.closest("[data-dismiss]")?.closest(".problem")?.remove();
  });
}
