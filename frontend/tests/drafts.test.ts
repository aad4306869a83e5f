import { beforeEach, describe, expect, it, vi } from "vitest";
import autosave from "../src/islands/autosave";
import { differences, entriesOf, isNews, restore } from "../src/islands/drafts";
import { Shelf } from "../src/offline/shelf";

function draw(title = "原来", lock = "3"): HTMLFormElement {
  document.body.innerHTML = `<div id="toasts"></div><span data-draft-status><span data-text></span></span>
    <form data-url="/draft" data-lock="${lock}" data-key="doc-1" data-person="7" data-sign-in="/sign-in">
    <input type="hidden" name="csrfmiddlewaretoken" value="t"><input type="hidden" name="lock" value="${lock}">
    <input type="hidden" name="once" value="${Math.random()}">
    <input name="f-title" value="${title}"><input type="password" name="f-token" value="secret">
    <input type="hidden" name="f-urgent" value=""><input type="checkbox" name="f-urgent" value="true">
    <select name="f-owner" data-url="/people/"><option value="1" selected>赵一鸣</option></select></form>`;
  document.body.setAttribute("hx-headers:inherited", '{"X-CSRFToken":"t"}');
  return document.querySelector("form") as HTMLFormElement;
}

const status = () => document.querySelector("[data-draft-status]")?.textContent ?? "";
const title = () => document.querySelector("[name=f-title]") as HTMLInputElement;

function type(text: string): void {
  title().value = text;
  title().dispatchEvent(new Event("input", { bubbles: true }));
}

function answer(status: number, lock = "4", body = ""): void {
  vi.stubGlobal("fetch", vi.fn(() => Promise.resolve(new Response(body, { status, headers: { "X-Draft-Lock": lock } }))));
}

beforeEach(() => {
  sessionStorage.clear();
  vi.useFakeTimers();
  vi.unstubAllGlobals();
});

describe("what is kept", () => {
  it("holds no token and no secret", () => {
    const names = entriesOf(draw()).map(([name]) => name);
    expect(names).not.toContain("csrfmiddlewaretoken");
    expect(names).not.toContain("f-token");
    expect(names).toContain("f-title");
  });
  it("comes back, with people the page does not know", () => {
    const form = draw();
    form.querySelector("select")?.add(new Option("钱小芳", "77", true, true));
    (form.querySelector("[type=checkbox]") as HTMLInputElement).checked = true;
    title().value = "改过";
    new Shelf("7", "doc-1").write(form);
    const fresh = draw();
    const kept = new Shelf("7", "doc-1").read();
    restore(fresh, kept as NonNullable<typeof kept>);
    expect(title().value).toBe("改过");
    expect(fresh.querySelector("select")?.selectedOptions[0]?.text).toBe("钱小芳");
    expect((fresh.querySelector("[type=checkbox]") as HTMLInputElement).checked).toBe(true);
  });
  it("belongs to one person", () => {
    new Shelf("7", "doc-1").write(draw());
    expect(new Shelf("8", "doc-1").read()).toBeNull();
  });
  it("is no news once the sent form has arrived", () => {
    const form = draw("改过");
    const shelf = new Shelf("7", "doc-1");
    shelf.write(form, { sent: true });
    expect(isNews(shelf.read() as never, draw("别的", "4"))).toBe(false);
    expect(isNews(shelf.read() as never, draw("别的", "3"))).toBe(true);
  });
  it("is compared field by field", () => {
    const mine: [string, string][] = [["a", "1"], ["b", ""], ["b", "x"], ["t-count", "2"]];
    expect(differences(mine, [["a", "2"], ["b", "x"], ["t-count", "1"]])).toEqual([{ name: "a", mine: "1", theirs: "2" }]);
  });
});

describe("saving", () => {
  it("waits for a pause, sends the lock and takes the new one", async () => {
    answer(200);
    const form = draw();
    autosave(form);
    type("新");
    expect(status()).toBe("未保存");
    await vi.advanceTimersByTimeAsync(1300);
    const sent = (vi.mocked(fetch).mock.calls[0]?.[1]?.body as FormData).get("lock");
    expect(sent).toBe("3");
    expect(form.dataset.lock).toBe("4");
    expect(status()).toContain("已保存");
    expect(new Shelf("7", "doc-1").read()).toBeNull();
  });
  it("keeps the input when the sign-in has expired, and says where to sign in", async () => {
    answer(401);
    autosave(draw());
    type("新");
    await vi.advanceTimersByTimeAsync(1300);
    expect(status()).toContain("登录已过期");
    expect(document.querySelector("[data-draft-status] a")?.getAttribute("href")).toContain("/sign-in?next=");
    draw();
    autosave(document.querySelector("form") as HTMLFormElement);
    (document.querySelector(".draft-offer button") as HTMLButtonElement).click();
    expect(title().value).toBe("新");
  });
  it("offers nothing on the page that answers a refused form, and saves what it holds", async () => {
    answer(200);
    const sent = draw("原来");
    new Shelf("7", "doc-1").write(sent, { sent: true });
    const again = draw("原来，服务器写法不同");
    again.dataset.refused = "";
    autosave(again);
    expect(document.querySelector(".draft-offer")).toBeNull();
    await vi.advanceTimersByTimeAsync(1300);
    expect((vi.mocked(fetch).mock.calls[0]?.[1]?.body as FormData).get("f-title")).toBe("原来，服务器写法不同");
    expect(status()).toContain("已保存");
  });
  it("tries again when the network is gone", async () => {
    vi.stubGlobal("fetch", vi.fn(() => Promise.reject(new TypeError("offline"))));
    autosave(draw());
    type("新");
    await vi.advanceTimersByTimeAsync(1300);
    expect(status()).toContain("已离线");
    answer(200);
    await vi.advanceTimersByTimeAsync(16_000);
    expect(status()).toContain("已保存");
  });
  it("puts computed parts in place but not under the typing hand", async () => {
    const form = draw();
    form.insertAdjacentHTML("beforeend", '<div id="id_total">0</div><div id="box"><input id="typing"></div>');
    answer(200, "4", '<div id="id_total" hx-swap-oob="true">5</div><div id="box" hx-swap-oob="true"></div>');
    autosave(form);
    type("新");
    document.getElementById("typing")?.focus();
    await vi.advanceTimersByTimeAsync(1300);
    expect(document.getElementById("id_total")?.textContent).toBe("5");
    expect(document.getElementById("typing")).not.toBeNull();
  });
  it("shows both when someone else saved, and mine goes through with their lock", async () => {
    const form = draw();
    autosave(form);
    const page = '<form data-key="doc-1" data-lock="9"><input name="f-title" value="她的"></form>';
    vi.stubGlobal("fetch", vi.fn((_: string, init?: RequestInit) =>
      Promise.resolve(new Response(page, { status: init?.method === "POST" ? 409 : 200 }))));
    type("我的");
    await vi.advanceTimersByTimeAsync(1300);
    const dialog = document.querySelector("dialog") as HTMLDialogElement;
    expect(dialog.textContent).toContain("我的");
    expect(dialog.textContent).toContain("她的");
    answer(200, "10");
    dialog.returnValue = "mine";
    dialog.dispatchEvent(new Event("close"));
    await vi.advanceTimersByTimeAsync(100);
    expect((vi.mocked(fetch).mock.calls[0]?.[1]?.body as FormData).get("lock")).toBe("9");
    expect(status()).toContain("已保存");
  });
  it("knows its own words again when only the answer was lost", async () => {
    autosave(draw());
    const page = '<form data-key="doc-1" data-lock="4"><input name="f-title" value="我的">' +
      '<input type="hidden" name="f-urgent" value=""><select name="f-owner"><option value="1" selected>赵</option></select></form>';
    vi.stubGlobal("fetch", vi.fn(() => Promise.reject(new TypeError("the answer got lost"))));
    type("我的");
    await vi.advanceTimersByTimeAsync(1300);
    vi.stubGlobal("fetch", vi.fn((_: string, init?: RequestInit) => {
      const lock = init?.method === "POST" ? (init.body as FormData).get("lock") : "";
      return Promise.resolve(new Response(lock === "" ? page : "", { status: lock === "3" ? 409 : 200, headers: { "X-Draft-Lock": "5" } }));
    }));
    type("我的，还有");
    await vi.advanceTimersByTimeAsync(3000);
    expect(document.querySelector("dialog")).toBeNull();
    expect(status()).toContain("已保存");
  });
});
