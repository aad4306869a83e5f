import { beforeEach, describe, expect, it, vi } from "vitest";
import { placeText } from "../src/islands/place";
import { minuteText } from "../src/islands/now";
import { fitted, isPicture } from "../src/islands/photo";
import autosave from "../src/islands/autosave";
import { countEntries, expiry, forgetEntriesOf, forgetOldEntries, settleSent, Shelf } from "../src/offline/shelf";
import { heldBack } from "../src/shell/offline";

function draw(attributes = "data-offline", value = "原来", lock = "3"): HTMLFormElement {
  document.body.innerHTML = `<div id="toasts"></div><form data-key="doc-1" data-person="7" data-lock="${lock}" data-url="/draft" ${attributes}>
    <span data-draft-status></span><input name="f-title" value="${value}"></form>`;
  return document.querySelector("form") as HTMLFormElement;
}

const title = () => document.querySelector("[name=f-title]") as HTMLInputElement;
const network = (on: boolean) => vi.spyOn(navigator, "onLine", "get").mockReturnValue(on);

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
  delete document.body.dataset.keptAt;
  vi.restoreAllMocks();
});

describe("entries on this machine", () => {
  it("survive a closed browser only where the document allows it", () => {
    new Shelf("7", "doc-1", true).write(draw());
    sessionStorage.clear();
    expect(new Shelf("7", "doc-1", true).read()?.lock).toBe("3");
    new Shelf("7", "doc-2", false).write(draw(""));
    expect(Object.keys(localStorage)).toEqual(["draft:7:doc-1"]);
  });
  it("go when a document has become too secret to stay", () => {
    new Shelf("7", "doc-1", true).write(draw());
    expect(new Shelf("7", "doc-1", false).read()).toBeNull();
    expect(localStorage.length).toBe(0);
  });
  it("go with their person and stay for others", () => {
    for (const person of ["7", "77"]) new Shelf(person, "doc-1", true).write(draw());
    forgetEntriesOf("7");
    expect(Object.keys(localStorage)).toEqual(["draft:77:doc-1"]);
  });
  it("go after thirty days", () => {
    new Shelf("7", "doc-1", true).write(draw());
    forgetOldEntries(expiry(new Date(Date.now() + 29 * 86_400_000)));
    expect(localStorage.length).toBe(1);
    forgetOldEntries(expiry(new Date(Date.now() + 31 * 86_400_000)));
    expect(localStorage.length).toBe(0);
  });
  it("go once the sent form was taken, and stay when nobody knows", () => {
    const shelf = new Shelf("7", "doc-1", true);
    shelf.write(draw(), { sent: true });
    settleSent(false);
    expect(shelf.read()).not.toBeNull();
    shelf.write(draw(), { sent: true });
    settleSent(true);
    expect(shelf.read()).toBeNull();
  });
  it("count until the server has them", () => {
    const shelf = new Shelf("7", "doc-1", true);
    shelf.write(draw());
    expect(countEntries("7")).toBe(1);
    shelf.write(draw(), { arrived: true });
    expect(countEntries("7")).toBe(0);
  });
});

describe("a page kept for offline work", () => {
  it("shows again what was typed since, with the lock it belongs to", () => {
    network(false);
    new Shelf("7", "doc-1", true).write(draw("data-offline", "后来", "9"));
    const form = draw("data-offline", "原来", "3");
    document.body.dataset.keptAt = "2026-03-02T00:55:00Z";
    autosave(form);
    expect(title().value).toBe("后来");
    expect(form.dataset.lock).toBe("9");
    expect(form.dataset.unsaved).toBe("");
  });
  it("offers nothing that has arrived when it comes fresh from the server", () => {
    new Shelf("7", "doc-1", true).write(draw("data-offline", "写法不同", "9"), { arrived: true });
    autosave(draw("data-offline", "原来", "9"));
    expect(document.querySelector(".draft-offer")).toBeNull();
  });
  it("says that a secret document does not stay", () => {
    network(false);
    vi.useFakeTimers();
    autosave(draw(""));
    title().value = "新";
    title().dispatchEvent(new Event("input", { bubbles: true }));
    vi.advanceTimersByTime(1300);
    expect(document.querySelector("[data-draft-status]")?.textContent).toContain("不能留在本机");
    vi.useRealTimers();
  });
});

describe("handing in", () => {
  it("waits for the network, for photos and for other sheets", () => {
    const form = draw();
    network(false);
    expect(heldBack(form, document)).toContain("没有网络");
    network(true);
    expect(heldBack(form, document)).toBe("");
    document.body.insertAdjacentHTML("beforeend", "<form id=other data-unsaved><li data-waiting></li></form>");
    expect(heldBack(form, document)).toContain("1 个文件");
    document.querySelector("li")?.remove();
    expect(heldBack(form, document)).toContain("没有保存到服务器");
    expect(heldBack(document.getElementById("other") as HTMLFormElement, document)).toBe("");
  });
});

describe("photos, place and time", () => {
  it("shrinks the longest side to 2000 px and leaves small pictures alone", () => {
    expect(fitted(4000, 3000)).toEqual([2000, 1500]);
    expect(fitted(3000, 4000)).toEqual([1500, 2000]);
    expect(fitted(640, 480)).toEqual([640, 480]);
    expect(fitted(90_000, 1)).toEqual([2000, 1]);
  });
  it("takes an iPhone's picture for one even when the browser does not know its type", () => {
    expect(isPicture(new File([""], "IMG_1.HEIC"))).toBe(true);
    expect(isPicture(new File([""], "a.pdf", { type: "application/pdf" }))).toBe(false);
    expect(isPicture(new File([""], "a.gif", { type: "image/gif" }))).toBe(false);
  });
  it("writes a place as latitude, longitude and accuracy", () => {
    expect(placeText({ latitude: 31.2304156, longitude: 121.473701, accuracy: 11.2 })).toBe("31.23042, 121.47370 ±12 m");
  });
  it("writes the present minute of Shanghai", () => {
    expect(minuteText(new Date("2026-03-02T16:05:40Z"))).toBe("2026-03-03T00:05");
  });
});
