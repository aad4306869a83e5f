/** Drop-down menus are `<details class="menu">`; the side navigation slides in on phones. */

function closeOthers(root: Document, keep: Element | null): void {
  for (const menu of root.querySelectorAll<HTMLDetailsElement>("details.menu[open]")) {
    if (menu !== keep) menu.open = false;
  }
}

function setUpNavigation(root: Document): void {
  const shell = root.querySelector<HTMLElement>(".shell");
  const toggles = root.querySelectorAll<HTMLElement>("[data-toggle-navigation]");
  const show = (open: boolean) => {
    shell?.classList.toggle("navigation-open", open);
    for (const toggle of toggles) toggle.setAttribute("aria-expanded", String(open));
    if (open) root.querySelector<HTMLElement>("#navigation a")?.focus();
  };
  for (const toggle of toggles) {
    toggle.addEventListener("click", () => show(!shell?.classList.contains("navigation-open")));
  }
  root.querySelector("[data-close-navigation]")?.addEventListener("click", () => show(false));
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shell?.classList.contains("navigation-open")) show(false);
  });
}

/** Folded groups of the side menu stay folded on the next page. */
function rememberGroups(root: Document): void {
  for (const group of root.querySelectorAll<HTMLDetailsElement>("details.navigation-group")) {
    const key = `menu:${group.dataset.group ?? ""}`;
    if (localStorage.getItem(key) === "closed" && !group.querySelector("[aria-current]")) group.open = false;
    group.addEventListener("toggle", () => localStorage.setItem(key, group.open ? "open" : "closed"));
  }
}

/** Who signs out on purpose leaves nothing behind in the browser. */
function forgetOnSignOut(event: Event): void {
  if (!(event.target instanceof HTMLFormElement) || event.target.dataset.signOut === undefined) return;
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("draft:")) sessionStorage.removeItem(key);
}

export function setUpMenus(root: Document): void {
  root.addEventListener("submit", forgetOnSignOut);
  root.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    closeOthers(root, target?.closest("details.menu") ?? null);
    if (target?.closest("[data-back]")) history.back();
  });
  root.addEventListener("keydown", (event) => {
    const open = root.querySelector<HTMLDetailsElement>("details.menu[open]");
    if (event.key !== "Escape" || !open) return;
    open.open = false;
    open.querySelector("summary")?.focus();
  });
  root.addEventListener("change", (event) => {
    const field = event.target;
    if (field instanceof HTMLSelectElement && field.dataset.submit !== undefined) field.form?.requestSubmit();
  });
  setUpNavigation(root);
  rememberGroups(root);
}
