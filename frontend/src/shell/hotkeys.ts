/**
 * Keys: `j`/`k` move through `[data-hot-list] [data-hot-item]`, Enter opens, `/` searches, `?` helps,
 * Ctrl-K opens the palette; `data-hotkey="a"` puts the focus on that element, and presses it too
 * with `data-hotkey-press`. Never while typing or composing.
 */
const FIELDS = "input, textarea, select, [contenteditable], .ts-control, [role=listbox]";

function typing(event: KeyboardEvent): boolean {
  const target = event.target;
  if (event.isComposing || event.keyCode === 229) return true;
  return target instanceof Element && target.closest(FIELDS) !== null;
}

function move(root: Document, step: 1 | -1): void {
  const items = [...root.querySelectorAll<HTMLElement>("[data-hot-list] [data-hot-item]")];
  if (items.length === 0) return;
  const at = items.findIndex((item) => item.classList.contains("hot"));
  const next = items[Math.min(Math.max(at + step, 0), items.length - 1)];
  items[at]?.classList.remove("hot");
  next?.classList.add("hot");
  const link = next?.querySelector<HTMLElement>("a[href]") ?? next;
  link?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

function open(root: Document, event: KeyboardEvent): void {
  const item = root.querySelector<HTMLElement>("[data-hot-item].hot");
  if (!item || event.target !== root.body) return;
  item.querySelector<HTMLAnchorElement>("a[href]")?.click();
}

function show(root: Document, id: string): boolean {
  const dialog = root.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement)) return false;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector<HTMLInputElement>("input")?.select();
  return true;
}

function press(root: Document, key: string): boolean {
  const target = root.querySelector<HTMLElement>(`[data-hotkey="${CSS.escape(key)}"]`);
  if (!target) return false;
  target.focus();
  target.scrollIntoView({ block: "nearest" });
  if (target.dataset.hotkeyPress !== undefined) target.click();
  return true;
}

const KEYS: Record<string, (root: Document, event: KeyboardEvent) => unknown> = {
  j: (root) => move(root, 1),
  k: (root) => move(root, -1),
  Enter: open,
  "?": (root) => show(root, "hotkeys-help"),
  "？": (root) => show(root, "hotkeys-help"),
};

function hasModifier(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.altKey;
}

function isPalette(event: KeyboardEvent): boolean {
  return (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
}

export function setUpHotkeys(root: Document): void {
  root.addEventListener("keydown", (event) => {
    if (isPalette(event)) {
      if (show(root, "palette")) event.preventDefault();
    } else if (!hasModifier(event) && !typing(event) && !root.querySelector("dialog[open]")) {
      const own = KEYS[event.key];
      if (own) own(root, event);
      else if (press(root, event.key)) event.preventDefault();
    }
  });
}
