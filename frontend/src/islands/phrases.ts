/** 常用语: each `[data-text]` button inserts its text where the caret stands in `data-target`. */
import type { Island } from "../islands";

/** Puts `text` over the selection; a sentence mark keeps it apart from text before it. */
export function insertPhrase(area: HTMLTextAreaElement, text: string): void {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const before = value.slice(0, start);
  const glue = before && !/[\s，。；、！？,.;!?]$/.test(before) ? "，" : "";
  area.setRangeText(glue + text, start, end, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
}

const island: Island = (element) => {
  const onClick = (event: Event) => {
    const chip = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-text]") : null;
    const area = document.querySelector(element.dataset.target ?? "");
    if (chip?.dataset.text && area instanceof HTMLTextAreaElement) insertPhrase(area, chip.dataset.text);
  };
  element.addEventListener("click", onClick);
  return () => element.removeEventListener("click", onClick);
};
export default island;
