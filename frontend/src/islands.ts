/**
 * Islands: `data-island="name"` on an element loads `islands/name.ts` and mounts it once.
 *
 * An island's default export takes the element and may return a function that undoes it. What was typed into
 * the element while its island was on the way is told by `data-early`.
 */
export type Island = (element: HTMLElement) => (() => void) | undefined;

const loaders: Record<string, () => Promise<{ default: Island }>> = {
  autosave: () => import("./islands/autosave"),
  "bpmn-viewer": () => import("./islands/bpmn-viewer"),
  diagram: () => import("./islands/diagram"),
  now: () => import("./islands/now"),
  phrases: () => import("./islands/phrases"),
  place: () => import("./islands/place"),
  select: () => import("./islands/select"),
  "table-field": () => import("./islands/table-field"),
  upload: () => import("./islands/upload"),
};

const mounted = new WeakMap<Element, () => void>();

function within(root: Element): HTMLElement[] {
  const found = [...root.querySelectorAll<HTMLElement>("[data-island]")];
  return root instanceof HTMLElement && root.dataset.island ? [root, ...found] : found;
}

async function mount(element: HTMLElement): Promise<void> {
  const load = loaders[element.dataset.island ?? ""];
  if (!load || mounted.has(element)) return;
  mounted.set(element, () => undefined);
  const typed = () => (element.dataset.early = "");
  element.addEventListener("input", typed);
  const island = await load();
  element.removeEventListener("input", typed);
  if (!element.isConnected) {
    mounted.delete(element);
    return;
  }
  mounted.set(element, island.default(element) ?? (() => undefined));
  element.dataset.mounted = "";
}

/** Mounts every island in `root` that is not mounted yet. */
export function mountIslands(root: Element): void {
  for (const element of within(root)) void mount(element);
}

/** Undoes the islands in `root`, before it leaves the page. */
export function unmountIslands(root: Element): void {
  for (const element of within(root)) {
    mounted.get(element)?.();
    mounted.delete(element);
    delete element.dataset.mounted;
  }
}
