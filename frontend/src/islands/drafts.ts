/** What of a form is kept in the browser until the server has it, and how it is put back. */

export type Entries = [string, string][];
/** A choice found on the server or a file sent there: the fresh page knows its id but not its name. */
export interface Named {
  field: string;
  value: string;
  text: string;
}
export interface Kept {
  entries: Entries;
  named: Named[];
  at: string;
  lock: string;
  /** Whether the whole form went off to the server: if the lock moved since, it has arrived. */
  sent: boolean;
  /** Whether the server has all of it; only the page kept for offline work does not show it yet. */
  arrived?: boolean;
}

const NEVER = new Set(["csrfmiddlewaretoken", "lock", "once"]);

/** Name and value of everything people filled in; no files, no secrets, no tokens. */
export function entriesOf(form: HTMLFormElement): Entries {
  const secret = new Set(
    [...form.querySelectorAll<HTMLInputElement>("input[type=password], [data-secret]")].map((input) => input.name),
  );
  return [...new FormData(form)].filter(
    (entry): entry is [string, string] => typeof entry[1] === "string" && !NEVER.has(entry[0]) && !secret.has(entry[0]),
  );
}

/** Names of chosen people, records and files, so that a restored form can show them. */
export function namedOf(form: HTMLFormElement): Named[] {
  const choices = [...form.querySelectorAll<HTMLSelectElement>("select[data-url]")].flatMap((select) =>
    [...select.selectedOptions].map(({ value, text }) => ({ field: select.name, value, text })),
  );
  const files = [...form.querySelectorAll<HTMLElement>("[data-island=upload] [data-id]")].map((item) => ({
    field: item.closest("[data-island=upload]")?.querySelector<HTMLInputElement>("input[type=hidden]")?.name ?? "",
    value: item.dataset.id ?? "",
    text: item.querySelector(".file-name")?.textContent ?? "",
  }));
  return [...choices, ...files].filter((each) => each.value);
}

function showNamed(form: HTMLFormElement, named: Named[]): void {
  for (const select of form.querySelectorAll<HTMLSelectElement>("select[data-url]")) {
    const known = new Set([...select.options].map((option) => option.value));
    for (const { field, value, text } of named) {
      if (field === select.name && !known.has(value)) select.add(new Option(text, value));
    }
  }
  for (const upload of form.querySelectorAll<HTMLElement>("[data-island=upload]")) {
    const name = upload.querySelector<HTMLInputElement>("input[type=hidden]")?.name;
    upload.dispatchEvent(new CustomEvent("upload:show", { detail: named.filter((each) => each.field === name) }));
  }
}

export function sameEntries(one: Entries, other: Entries): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function grouped(entries: Entries): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of entries) groups.set(name, [...(groups.get(name) ?? []), value]);
  return groups;
}

function setSelect(select: HTMLSelectElement, values: string[]): void {
  for (const option of select.options) option.selected = values.includes(option.value);
  select.dispatchEvent(new Event("select:sync"));
}

function isTick(field: Element): field is HTMLInputElement {
  return field instanceof HTMLInputElement && ["checkbox", "radio"].includes(field.type);
}

function setField(field: Element, values: string[], at: number): void {
  if (field instanceof HTMLSelectElement) setSelect(field, values);
  else if (isTick(field)) {
    field.checked = values.includes(field.value);
  } else if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) {
    field.value = values[Math.min(at, values.length - 1)] ?? "";
  }
}

function resizeTables(form: HTMLFormElement, groups: Map<string, string[]>): void {
  for (const table of form.querySelectorAll<HTMLElement>("[data-island=table-field]")) {
    const count = groups.get(`${table.dataset.name ?? ""}-count`)?.[0];
    if (count !== undefined) table.dispatchEvent(new CustomEvent("table:resize", { detail: Number(count) }));
  }
}

/** Puts kept entries back; tables first get their number of rows. */
export function restore(form: HTMLFormElement, { entries, named }: Kept): void {
  const groups = grouped(entries);
  resizeTables(form, groups);
  showNamed(form, named);
  const seen = new Map<string, number>();
  for (const field of form.elements) {
    const name = field.getAttribute("name") ?? "";
    if (NEVER.has(name)) continue;
    const at = seen.get(name) ?? 0;
    seen.set(name, at + 1);
    const values = groups.get(name);
    if (values) setField(field, values, at);
    else if (isTick(field)) field.checked = false;
  }
}

/** Whether kept entries say something that the form, fresh from the server, does not. */
export function isNews(kept: Kept, form: HTMLFormElement): boolean {
  const arrived = kept.arrived === true || (kept.sent && kept.lock !== (form.dataset.lock ?? ""));
  return !arrived && !sameEntries(kept.entries, entriesOf(form));
}

export interface Difference {
  name: string;
  mine: string;
  theirs: string;
}

/** The same entries with the texts of choices in place of their codes. */
export function inWords(form: HTMLFormElement, entries: Entries): Entries {
  return entries.map(([name, value]) => {
    const select = form.querySelector(`select[name="${CSS.escape(name)}"]`);
    const option = select ? [...(select as HTMLSelectElement).options].find((each) => each.value === value) : null;
    return [name, value && option ? option.text : value];
  });
}

/** Fields in which two states of the same form differ, in the order of mine. */
export function differences(mine: Entries, theirs: Entries): Difference[] {
  const [own, other] = [grouped(mine), grouped(theirs)];
  const names = new Set([...own.keys(), ...other.keys()]);
  return [...names]
    .map((name) => ({
      name,
      mine: (own.get(name) ?? []).filter(Boolean).join("、"),
      theirs: (other.get(name) ?? []).filter(Boolean).join("、"),
    }))
    .filter((each) => each.mine !== each.theirs && !each.name.endsWith("-count"));
}
