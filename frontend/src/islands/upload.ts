/**
 * Files: choose, drop or paste; progress; remove; thumbnails. Ids go, joined by commas, into the
 * hidden input. `data-url` takes one file as `file` and answers `{"id", "name", "size", "url"}`
 * (bytes), or an error with `{"error": {"message"}}`.
 */
import type { Island } from "../islands";
import { csrfToken, element as make, t } from "../page";

interface Kept {
  id: string | number;
  name: string;
  size?: number;
  url?: string;
}

const SHOWN = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

function sizeText(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

function send(url: string, file: File, progress: (part: number) => void): Promise<Kept> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.addEventListener("progress", (event) => progress(event.loaded / (event.total || 1)));
    request.addEventListener("load", () => {
      const answer = parsed(request.responseText);
      if (request.status < 300 && answer.id !== undefined) resolve(answer as Kept);
      else reject(new Error(answer.error?.message ?? t("上传失败（{status}）", { status: request.status })));
    });
    request.addEventListener("error", () => reject(new Error(t("网络不通，文件没有上传。"))));
    const data = new FormData();
    data.set("file", file);
    request.send(data);
  });
}

function parsed(text: string): Partial<Kept> & { error?: { message: string } } {
  try {
    return JSON.parse(text) as Partial<Kept>;
  } catch {
    return {};
  }
}

/** One line of the list while it goes up, afterwards, or when it failed. */
function line(name: string): HTMLElement {
  const remove = make("button", { type: "button", class: "file-remove", "aria-label": t("移除 {name}", { name }) }, "×");
  return make("li", { class: "file-line" }, make("span", { class: "file-name" }, name), remove);
}

function showKept(item: HTMLElement, kept: Kept, file: File): void {
  item.dataset.id = String(kept.id);
  item.querySelector("progress")?.remove();
  const name = item.querySelector(".file-name");
  if (kept.url) name?.replaceChildren(make("a", { href: kept.url, download: "" }, kept.name));
  if (kept.size) name?.after(make("span", { class: "file-note" }, sizeText(kept.size)));
  if (SHOWN.has(file.type)) item.prepend(make("img", { src: URL.createObjectURL(file), alt: "", class: "file-thumb" }));
}

class Upload {
  private readonly list: HTMLElement;
  private readonly ids: HTMLInputElement;
  private readonly chooser: HTMLInputElement;

  constructor(private readonly root: HTMLElement) {
    this.list = root.querySelector("[data-files]") as HTMLElement;
    this.ids = root.querySelector("input[type=hidden]") as HTMLInputElement;
    this.chooser = root.querySelector("input[type=file]") as HTMLInputElement;
    this.chooser.addEventListener("change", () => this.take(this.chooser.files));
    root.addEventListener("click", (event) => this.remove(event));
    root.addEventListener("dragover", (event) => this.hover(event, true));
    root.addEventListener("dragleave", (event) => this.hover(event, false));
    root.addEventListener("drop", (event) => {
      this.hover(event, false);
      this.take(event.dataTransfer?.files ?? null);
    });
  }

  /** Shows files by name that a restored draft knows. */
  show(kept: { value: string; text: string }[]): void {
    this.list.replaceChildren();
    for (const { value, text } of kept) {
      const item = line(text);
      item.dataset.id = value;
      this.list.append(item);
    }
  }

  private hover(event: DragEvent, over: boolean): void {
    event.preventDefault();
    this.root.classList.toggle("drop-here", over);
  }

  private take(files: FileList | null): void {
    const chosen = [...(files ?? [])].slice(0, this.root.dataset.many === undefined ? 1 : undefined);
    if (chosen.length > 0 && this.root.dataset.many === undefined) this.list.replaceChildren();
    for (const file of chosen) void this.upload(file);
    this.chooser.value = "";
  }

  private async upload(file: File): Promise<void> {
    const item = line(file.name);
    const bar = make("progress", { max: "1", value: "0", "aria-label": file.name });
    item.append(bar);
    this.list.append(item);
    const limit = Number(this.root.dataset.maxBytes ?? 0);
    try {
      if (limit && file.size > limit) throw new Error(t("文件超过 {size} MB", { size: Math.floor(limit / 2 ** 20) }));
      showKept(item, await send(this.root.dataset.url ?? "", file, (part) => (bar.value = part)), file);
      this.store();
    } catch (error) {
      bar.remove();
      item.classList.add("file-failed");
      item.append(make("span", { class: "file-error", role: "alert" }, (error as Error).message));
    }
  }

  private remove(event: Event): void {
    const button = event.target instanceof Element ? event.target.closest(".file-remove") : null;
    if (!button) return;
    button.closest("li")?.remove();
    this.store();
    this.chooser.focus();
  }

  private store(): void {
    const kept = [...this.list.querySelectorAll<HTMLElement>("[data-id]")];
    this.ids.value = kept.map((item) => item.dataset.id).join(",");
    this.ids.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

const island: Island = (element) => {
  const upload = new Upload(element);
  element.addEventListener("upload:show", (event) => upload.show((event as CustomEvent<{ value: string; text: string }[]>).detail));
  return undefined;
};
export default island;
