/** Two people saved the same draft: show both, field by field, and let the person choose. */
import { element as make, t } from "../page";
import { differences, type Difference, entriesOf, inWords } from "./drafts";

export interface Choice {
  take: "mine" | "theirs" | "later";
  lock: string;
}

function textOf(root: Element | null | undefined, selector: string): string {
  return root?.querySelector(selector)?.textContent ?? "";
}

/** The label people know a field by; cells say table, row and column. */
function labelOf(form: HTMLFormElement, name: string): string {
  const input = form.querySelector(`[name="${CSS.escape(name)}"]`);
  const label = textOf(input?.closest(".field"), ".field-label > span") || name;
  const cell = input?.closest("td");
  return cell ? `${label} ${textOf(cell.closest("tr"), "[data-row-number]")} · ${cell.dataset.label ?? ""}` : label;
}

function table(form: HTMLFormElement, found: Difference[]): HTMLElement {
  const head = make("tr", {}, ...[t("字段"), t("我填的"), t("服务器上的")].map((text) => make("th", { scope: "col" }, text)));
  const rows = found
    .slice(0, 50)
    .map((each) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, labelOf(form, each.name)),
        make("td", {}, each.mine || t("（空）")),
        make("td", {}, each.theirs || t("（空）")),
      ),
    );
  const made = make("table", { class: "table table-sm" }, make("thead", {}, head), make("tbody", {}, ...rows));
  return make("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": t("不同之处") }, made);
}

async function theirForm(form: HTMLFormElement): Promise<HTMLFormElement | null> {
  const response = await fetch(location.href, { credentials: "same-origin" });
  if (!response.ok) return null;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return page.querySelector<HTMLFormElement>(`form[data-key="${CSS.escape(form.dataset.key ?? "")}"]`);
}

function button(value: string, text: string, style: string): HTMLElement {
  return make("button", { type: "submit", value, class: `btn ${style}` }, text);
}

/**
 * Fetches what the server has, shows both and asks; the lock of the answer lets mine go through.
 *
 * `own` are states of this form that the server may hold without anybody else having written: what was last
 * sent (its answer got lost on the way) and what the page began with. Then there is nothing to ask.
 */
export async function askAboutConflict(form: HTMLFormElement, own: string[] = []): Promise<Choice> {
  const theirs = await theirForm(form).catch(() => null);
  if (theirs && own.includes(JSON.stringify(entriesOf(theirs)))) return { take: "mine", lock: theirs.dataset.lock ?? "" };
  const dialog = make("dialog", { class: "dialog", "aria-labelledby": "conflict-title" });
  const title = make("h2", { id: "conflict-title", class: "dialog-title" }, t("别人也改了这份单据"));
  const text = make("p", { class: "dialog-text" }, t("在你打开之后有人保存过。两份都还在，请选择保留哪一份。"));
  const body: HTMLElement[] = theirs ? [table(form, differences(inWords(form, entriesOf(form)), inWords(theirs, entriesOf(theirs))))] : [];
  const choices = [button("later", t("先不处理"), ""), button("theirs", t("用服务器上的"), "")];
  if (theirs) choices.push(button("mine", t("用我填的覆盖"), "btn-primary"));
  const actions = make("div", { class: "dialog-actions" }, ...choices);
  dialog.append(make("form", { method: "dialog" }, title, text, ...body, actions));
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve({ take: (dialog.returnValue || "later") as Choice["take"], lock: theirs?.dataset.lock ?? "" });
    });
  });
}
