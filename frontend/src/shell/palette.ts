/**
 * The palette (Ctrl-K): arrows move through the hits, Enter opens the chosen one, without a choice the search page.
 * The focus stays in the field; what is chosen is said through `aria-activedescendant`.
 */
const CHOSEN = '[aria-selected="true"]';

function choose(field: HTMLInputElement, hits: HTMLElement[], at: number): void {
  hits.forEach((hit, index) => {
    hit.setAttribute("aria-selected", String(index === at));
  });
  const hit = hits[at];
  if (hit) field.setAttribute("aria-activedescendant", hit.id);
  else field.removeAttribute("aria-activedescendant");
  hit?.scrollIntoView({ block: "nearest" });
}

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };

function onKey(event: KeyboardEvent, palette: HTMLElement, field: HTMLInputElement): void {
  if (event.isComposing || event.keyCode === 229) return; // the input method's own arrows and Enter
  const hits = [...palette.querySelectorAll<HTMLElement>("[role=option]")];
  const at = hits.findIndex((hit) => hit.matches(CHOSEN));
  const step = STEPS[event.key];
  if (step !== undefined && hits.length > 0) {
    event.preventDefault();
    choose(field, hits, (Math.max(at + step, at < 0 ? 0 : -1) + hits.length) % hits.length);
  } else if (event.key === "Enter" && at >= 0) {
    event.preventDefault();
    hits[at]?.click();
  }
}

export function setUpPalette(root: Document): void {
  const palette = root.getElementById("palette");
  const field = palette?.querySelector<HTMLInputElement>("input[name=q]");
  if (!palette || !field) return;
  field.addEventListener("keydown", (event) => {
    onKey(event, palette, field);
  });
  palette.addEventListener("htmx:after:swap", () => {
    choose(field, [...palette.querySelectorAll<HTMLElement>("[role=option]")], field.value.trim() ? 0 : -1);
  });
  palette.addEventListener("click", (event) => {
    // A hit on the page that is open already would only move within it.
    if (event.target instanceof Element && event.target.closest("[role=option]") && palette instanceof HTMLDialogElement) {
      palette.close();
    }
  });
}
