import { beforeEach, describe, expect, it, vi } from "vitest";
import upload from "../src/islands/upload";
import { Refused } from "../src/islands/sending";
import * as sending from "../src/islands/sending";
import type { WaitingPhoto } from "../src/offline/photos";

const shelf = vi.hoisted(() => new Map<number, WaitingPhoto>());
vi.mock("../src/offline/photos", () => ({
  keepPhoto: (place: object, file: File) => {
    shelf.set(shelf.size + 1, { ...place, id: shelf.size + 1, file, at: "" } as WaitingPhoto);
    return Promise.resolve(shelf.size);
  },
  photosOf: () => Promise.resolve([...shelf.values()]),
  dropPhoto: (id: number) => Promise.resolve(shelf.delete(id)),
}));

function draw(attributes = "data-offline"): HTMLElement {
  document.body.innerHTML = `<form data-person="7" data-key="doc-1" ${attributes}><div data-island="upload" data-url="/files/" data-many>
    <input type="hidden" name="f-evidence" value=""><input type="file" multiple><ul data-files></ul></div></form>`;
  return document.querySelector("[data-island]") as HTMLElement;
}

async function choose(root: HTMLElement, ...files: File[]): Promise<void> {
  const chooser = root.querySelector("input[type=file]") as HTMLInputElement;
  Object.defineProperty(chooser, "files", { value: files, configurable: true });
  Object.defineProperty(chooser, "value", { value: "", writable: true, configurable: true });
  chooser.dispatchEvent(new Event("change"));
  await settled();
}

const settled = () => new Promise((go) => setTimeout(go, 20));
const ids = () => (document.querySelector("[name=f-evidence]") as HTMLInputElement).value;
const notes = () => new File(["x"], "记录.pdf", { type: "application/pdf" });
const line = () => document.querySelector(".file-line") as HTMLElement;

beforeEach(() => {
  shelf.clear();
  vi.restoreAllMocks();
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
});

describe("a file", () => {
  it("goes up and is no longer kept here", async () => {
    vi.spyOn(sending, "send").mockResolvedValue({ id: 5, name: "记录.pdf", size: 1 });
    const root = draw();
    upload(root);
    await choose(root, notes());
    expect(ids()).toBe("5");
    expect(shelf.size).toBe(0);
    expect(line().dataset.waiting).toBeUndefined();
  });
  it("waits without a network, survives a closed page and goes up once when the network is back", async () => {
    const onLine = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    const send = vi.spyOn(sending, "send").mockResolvedValue({ id: 6, name: "记录.pdf" });
    const first = draw();
    const leave = upload(first);
    await choose(first, notes());
    expect(line().textContent).toContain("等待联网后上传");
    leave?.();
    upload(draw());
    await settled();
    expect(line().dataset.waiting).toBe("");
    onLine.mockReturnValue(true);
    window.dispatchEvent(new Event("online"));
    window.dispatchEvent(new Event("online"));
    await settled();
    expect(send).toHaveBeenCalledTimes(1);
    expect(ids()).toBe("6");
  });
  it("that the server refuses does not wait any longer", async () => {
    vi.spyOn(sending, "send").mockRejectedValue(new Refused("文件内容与扩展名不符"));
    const root = draw();
    upload(root);
    await choose(root, notes());
    expect(line().textContent).toContain("文件内容与扩展名不符");
    expect(line().dataset.waiting).toBeUndefined();
    expect(shelf.size).toBe(0);
  });
  it("is tried again by hand after a failure", async () => {
    const send = vi.spyOn(sending, "send").mockRejectedValueOnce(new Error("网络不通，文件没有上传。"));
    const root = draw();
    upload(root);
    await choose(root, notes());
    send.mockResolvedValue({ id: 8, name: "记录.pdf" });
    (root.querySelector("[data-again]") as HTMLButtonElement).click();
    await settled();
    expect(ids()).toBe("8");
  });
  it("of a secret document is not kept, and says so", async () => {
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    const root = draw("");
    upload(root);
    await choose(root, notes());
    expect(shelf.size).toBe(0);
    expect(line().textContent).toContain("关闭页面会丢失");
  });
  it("that is taken away does not come back", async () => {
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    const root = draw();
    upload(root);
    await choose(root, notes());
    (root.querySelector(".file-remove") as HTMLButtonElement).click();
    await settled();
    expect(shelf.size).toBe(0);
    expect(document.querySelector(".file-line")).toBeNull();
  });
  it("that looks like a photo nobody can read is refused with a way out", async () => {
    vi.stubGlobal("matchMedia", () => ({ matches: true }));
    vi.stubGlobal("createImageBitmap", () => Promise.reject(new Error()));
    const root = draw();
    upload(root);
    await choose(root, new File(["x"], "IMG_1.HEIC", { type: "image/heic" }));
    expect(line().textContent).toContain("兼容性最佳");
    expect(line().dataset.waiting).toBeUndefined();
  });
});
