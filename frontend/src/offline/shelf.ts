/**
 * Kept entries of one person and document. A lasting shelf survives the closed browser (localStorage); where the
 * secrecy of a document forbids that, they live as long as the tab (sessionStorage).
 */
import { entriesOf, type Kept, namedOf } from "../islands/drafts";

const PREFIX = "draft:";
const SENT = "draft-sent";
const DAYS = 30;

export class Shelf {
  private readonly key: string;

  constructor(
    person: string,
    document: string,
    readonly lasting = false,
  ) {
    this.key = `${PREFIX}${person}:${document}`;
    if (!lasting) localStorage.removeItem(this.key); // it may have been less secret before
  }

  private get store(): Storage {
    return this.lasting ? localStorage : sessionStorage;
  }

  read(): Kept | null {
    return parsed(this.store.getItem(this.key));
  }

  write(form: HTMLFormElement, how: { sent?: boolean; arrived?: boolean } = {}): void {
    const lock = form.dataset.lock ?? "";
    const { sent = false, arrived = false } = how;
    const at = new Date().toISOString();
    const kept: Kept = { entries: entriesOf(form), named: namedOf(form), at, lock, sent, arrived };
    try {
      this.store.setItem(this.key, JSON.stringify(kept));
      if (sent) sessionStorage.setItem(SENT, this.key);
    } catch {
      // A full store must not stop the typing; the server still gets the draft.
    }
  }

  clear(): void {
    this.store.removeItem(this.key);
  }
}

function parsed(text: string | null): Kept | null {
  try {
    return JSON.parse(text ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

function forget(store: Storage, done: (key: string) => boolean): void {
  for (const key of Object.keys(store)) if (key.startsWith(PREFIX) && done(key)) store.removeItem(key);
}

/** On the page after a form was sent: what it held goes if the server took it, and stays if nobody knows. */
export function settleSent(taken: boolean): void {
  const key = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (!key || !taken) return;
  for (const store of [localStorage, sessionStorage]) if (parsed(store.getItem(key))?.sent) store.removeItem(key);
}

/** Forgets all entries of a person, when he signs out. */
export function forgetEntriesOf(person: string): void {
  for (const store of [localStorage, sessionStorage]) forget(store, (key) => key.startsWith(`${PREFIX}${person}:`));
}

/** How many documents of a person have entries here that the server has not. */
export function countEntries(person: string): number {
  const keys = Object.keys(localStorage).filter((key) => key.startsWith(`${PREFIX}${person}:`));
  return keys.filter((key) => parsed(localStorage.getItem(key))?.arrived !== true).length;
}

/** The moment before which everything kept on this machine goes, whoever it belongs to. */
export function expiry(now: Date): string {
  return new Date(now.getTime() - DAYS * 86_400_000).toISOString();
}

/** Forgets entries nobody came back for. */
export function forgetOldEntries(before: string): void {
  forget(localStorage, (key) => (parsed(localStorage.getItem(key))?.at ?? "") < before);
}
