/**
 * Files: choose, photograph, drop or paste; progress; try again; remove; thumbnails. Ids go, joined by commas,
 * into the hidden input. `data-url` takes one file as `file` and answers `{"id", "name", "size", "url"}` (bytes),
 * or an error with `{"error": {"message"}}`.
 *
 * Photos (an `<input data-photo>`, a field of pictures, any picture on a touch screen) are shrunk first. Until the
 * server has a file its line carries `data-waiting`; in a form with `data-offline` it also survives a closed browser.
 */
import type { Island } from "../islands";
import { dropPhoto, keepPhoto, type Place, photosOf } from "../offline/photos";
import { element as make, t } from "../page";
import { isPicture, prepared } from "./photo";
import { type Kept, Refused, send } from "./sending";

interface Waiting {
  file: File;
  /** Its number in the browser's store, where one keeps it. */
  id: number | undefined;
}

const RETRY = 30_000;
const SHOWN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

function sizeText(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

/** One line of the list while it goes up, afterwards, or when it failed. */
function line(name: string): HTMLElement {
  const remove = make("button", { type: "button", class: "file-remove", "aria-label": t("移除 {name}", { name }) }, "×");
  return make("li", { class: "file-line" }, make("span", { class: "file-name" }, name), remove);
}

function showThumb(item: HTMLElement, file: File): void {
  if (!SHOWN.has(file.type) || item.querySelector(".file-thumb")) return;
  item.prepend(make("img", { src: URL.createObjectURL(file), alt: "", class: "file-thumb" }));
}

function showKept(item: HTMLElement, kept: Kept): void {
  item.dataset.id = String(kept.id);
  delete item.dataset.waiting;
  const name = item.querySelector(".file-name");
  if (kept.url) name?.replaceChildren(make("a", { href: kept.url, download: "" }, kept.name));
  if (kept.size) name?.after(make("span", { class: "file-note" }, sizeText(kept.size)));
}

function say(item: HTMLElement, ...said: (string | Node)[]): void {
  item.querySelectorAll("progress, .file-error, .file-wait").forEach((each) => each.remove());
  if (said.length > 0) item.append(...said);
}

class Upload {
  private readonly list: HTMLElement;
  private readonly ids: HTMLInputElement;
  private readonly choosers: HTMLInputElement[];
  private readonly waiting = new Map<HTMLElement, Waiting>();
  private readonly busy = new Set<HTMLElement>();
  private readonly many: boolean;

  constructor(private readonly root: HTMLElement) {
    this.list = root.querySelector("[data-files]") as HTMLElement;
    this.ids = root.querySelector("input[type=hidden]") as HTMLInputElement;
    this.choosers = [...root.querySelectorAll<HTMLInputElement>("input[type=file]")];
    this.many = root.dataset.many !== undefined;
    for (const chooser of this.choosers) {
      chooser.addEventListener("change", () => {
        this.take(chooser.files, chooser.dataset.photo !== undefined);
        chooser.value = "";
      });
    }
    root.addEventListener("click", (event) => this.press(event));
    root.addEventListener("dragover", (event) => this.hover(event, true));
    root.addEventListener("dragleave", (event) => this.hover(event, false));
    root.addEventListener("drop", (event) => {
      this.hover(event, false);
      this.take(event.dataTransfer?.files ?? null, false);
    });
    void this.takeUp();
  }

  /** Where photos of this field wait; none in tables, whose rows change their numbers, and none where nothing may stay. */
  private get place(): Place | undefined {
    const form = this.root.closest("form");
    if (form?.dataset.offline === undefined || this.root.closest("[data-island=table-field]")) return undefined;
    return { person: form.dataset.person ?? "", document: form.dataset.key ?? "", field: this.ids.name };
  }

  private async takeUp(): Promise<void> {
    if (!this.place) return;
    for (const { file, id } of await photosOf(this.place)) void this.send(this.draw(file), { file, id });
  }

  /** Shows files by name that a restored draft knows. */
  show(kept: { value: string; text: string }[]): void {
    this.list.querySelectorAll("[data-id]").forEach((item) => item.remove());
    const items = kept.map(({ value, text }) => {
      const item = line(text);
      item.dataset.id = value;
      return item;
    });
    this.list.prepend(...items);
  }

  /** Tries everything again that did not go up. */
  readonly retry = (): void => {
    if (this.root.isConnected) for (const [item, waiting] of this.waiting) void this.send(item, waiting);
  };

  private hover(event: DragEvent, over: boolean): void {
    event.preventDefault();
    this.root.classList.toggle("drop-here", over);
  }

  private take(files: FileList | null, photo: boolean): void {
    const chosen = [...(files ?? [])].slice(0, this.many ? undefined : 1);
    if (chosen.length > 0 && !this.many) for (const item of [...this.list.children]) this.drop(item as HTMLElement);
    for (const file of chosen) void this.add(file, photo);
  }

  private draw(file: File): HTMLElement {
    const item = line(file.name);
    item.dataset.waiting = "";
    this.list.append(item);
    return item;
  }

  private async add(chosen: File, photo: boolean): Promise<void> {
    const item = this.draw(chosen);
    const shrink = photo || this.root.dataset.pictures !== undefined || matchMedia("(pointer: coarse)").matches;
    try {
      const file = shrink && isPicture(chosen) ? await prepared(chosen) : chosen;
      const limit = Number(this.root.dataset.maxBytes ?? 0);
      if (limit && file.size > limit) throw new Error(t("文件超过 {size} MB", { size: Math.floor(limit / 2 ** 20) }));
      const id = this.place ? await keepPhoto(this.place, file) : undefined;
      await this.send(item, { file, id });
    } catch (error) {
      this.fail(item, (error as Error).message);
    }
  }

  /** Sends one file, unless another window does: what two of them sent would be there twice. */
  private async send(item: HTMLElement, waiting: Waiting): Promise<void> {
    if (this.busy.has(item)) return;
    this.busy.add(item);
    this.waiting.set(item, waiting);
    showThumb(item, waiting.file);
    try {
      if (waiting.id === undefined || !("locks" in navigator)) await this.deliver(item, waiting);
      else await navigator.locks.request(`photo-${waiting.id}`, () => this.deliver(item, waiting));
    } finally {
      this.busy.delete(item);
    }
  }

  private async deliver(item: HTMLElement, waiting: Waiting): Promise<void> {
    const { file, id } = waiting;
    if (id !== undefined && this.place && !(await photosOf(this.place)).some((each) => each.id === id)) {
      this.waiting.delete(item); // the other window was first
      item.remove();
      return;
    }
    if (!navigator.onLine) return this.wait(item, "");
    const bar = make("progress", { max: "1", value: "0", "aria-label": file.name });
    say(item, bar);
    try {
      const kept = await send(this.root.dataset.url ?? "", file, (part) => (bar.value = part));
      say(item);
      if (!item.isConnected) return;
      showKept(item, kept);
      this.store();
      await this.forget(item);
    } catch (error) {
      if (!(error instanceof Refused)) return this.wait(item, (error as Error).message);
      await this.forget(item);
      this.fail(item, error.message);
    }
  }

  private wait(item: HTMLElement, problem: string): void {
    const again = make("button", { type: "button", class: "btn btn-sm", "data-again": "" }, t("重试"));
    if (problem) window.setTimeout(this.retry, RETRY);
    const lost = this.waiting.get(item)?.id === undefined;
    const promise = lost ? t("等待上传，关闭页面会丢失") : t("等待联网后上传");
    say(item, make("span", { class: "file-wait", role: "status" }, problem ? `${problem} ${promise}` : promise, again));
  }

  private fail(item: HTMLElement, said: string): void {
    delete item.dataset.waiting;
    item.classList.add("file-failed");
    say(item, make("span", { class: "file-error", role: "alert" }, said));
  }

  private async forget(item: HTMLElement): Promise<void> {
    const id = this.waiting.get(item)?.id;
    this.waiting.delete(item);
    if (id !== undefined) await dropPhoto(id);
  }

  private drop(item: HTMLElement): void {
    void this.forget(item);
    item.remove();
  }

  private press(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const item = button?.closest<HTMLElement>("li");
    if (!button || !item) return;
    const waiting = this.waiting.get(item);
    if (waiting && button.dataset.again !== undefined) void this.send(item, waiting);
    else if (button.matches(".file-remove")) this.remove(item);
  }

  private remove(item: HTMLElement): void {
    this.drop(item);
    this.store();
    this.choosers[0]?.focus();
  }

  private store(): void {
    const kept = [...this.list.querySelectorAll<HTMLElement>("[data-id]")];
    const ids = kept.map((item) => item.dataset.id).join(",");
    if (ids === this.ids.value) return;
    this.ids.value = ids;
    this.ids.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

const island: Island = (element) => {
  const upload = new Upload(element);
  const stop = new AbortController();
  const { signal } = stop;
  const show = (event: Event) => upload.show((event as CustomEvent<{ value: string; text: string }[]>).detail);
  element.addEventListener("upload:show", show, { signal });
  window.addEventListener("online", upload.retry, { signal });
  return () => stop.abort();
};
export default island;
