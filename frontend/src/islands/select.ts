/**
 * Select with search by label, pinyin and initials.
 *
 * Options carry `data-search` (pinyin) and `data-note` (small print). With `data-url` the rest is
 * fetched: `GET url?q=…` answers `{"results": [{"value", "label", "note", "search"}]}`.
 */
import "tom-select/dist/css/tom-select.bootstrap5.css";
import TomSelect from "tom-select/base";
import clearButton from "tom-select/plugins/clear_button/plugin.js";
import removeButton from "tom-select/plugins/remove_button/plugin.js";
import type { Island } from "../islands";
import { element as make, t } from "../page";

interface Choice {
  value: string;
  text: string;
  note?: string;
  search?: string;
}
interface Found {
  value: string;
  label: string;
  note?: string;
  search?: string;
}

TomSelect.define("clear_button", clearButton);
TomSelect.define("remove_button", removeButton);

async function find(url: string, query: string): Promise<Choice[]> {
  const address = new URL(url, location.href);
  address.searchParams.set("q", query);
  const response = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) throw new Error(String(response.status));
  const { results } = (await response.json()) as { results: Found[] };
  return results.map(({ label, ...rest }) => ({ ...rest, text: label }));
}

function row(choice: Choice): HTMLElement {
  const line = make("div", { class: "choice" }, make("span", {}, choice.text));
  if (choice.note) line.append(make("span", { class: "choice-note" }, choice.note));
  return line;
}

function note(text: string): () => HTMLElement {
  return () => make("div", { class: "no-results" }, text);
}

function options(select: HTMLSelectElement) {
  const url = select.dataset.url;
  return {
    plugins: select.multiple ? ["remove_button"] : select.required ? [] : ["clear_button"],
    maxOptions: 200,
    allowEmptyOption: false,
    hidePlaceholder: true,
    placeholder: select.dataset.placeholder ?? t("输入文字或拼音查找"),
    // A list inside a scrolling table would be cut off; inside a dialog it must stay in the dialog.
    dropdownParent: select.closest(".table-scroll") && !select.closest("dialog") ? "body" : undefined,
    searchField: ["text", "search", "note"],
    closeAfterSelect: !select.multiple,
    shouldLoad: () => Boolean(url),
    preload: url ? ("focus" as const) : false,
    // A delayed list would open again after one has moved on to the next field, and take the focus from it.
    refreshThrottle: 0,
    loadThrottle: 250,
    load: url
      ? (query: string, done: (found?: Choice[]) => void) => {
          find(url, query).then(done, () => done());
        }
      : undefined,
    render: {
      option: row,
      item: (choice: Choice) => make("div", {}, choice.text),
      no_results: note(t("没有找到")),
      loading: note(t("正在查找…")),
    },
  };
}

const island: Island = (element) => {
  const select = element as HTMLSelectElement;
  if (select.disabled) return undefined;
  const label = select.getAttribute("aria-label") ?? select.labels[0]?.textContent.trim() ?? "";
  if (label) select.setAttribute("aria-label", label);
  const widget = new TomSelect(select, options(select) as ConstructorParameters<typeof TomSelect>[1]);
  widget.control_input.setAttribute("aria-label", label);
  // An input method's Enter or digits choose a word, not an option.
  widget.control_input.addEventListener("keydown", (event) => event.isComposing && event.stopImmediatePropagation(), true);
  const follow = () => widget.sync();
  select.addEventListener("select:sync", follow);
  return () => {
    select.removeEventListener("select:sync", follow);
    widget.destroy();
  };
};
export default island;
