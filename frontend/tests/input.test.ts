import { beforeAll, describe, expect, it } from "vitest";
import { insertPhrase } from "../src/islands/phrases";
import { setUpHotkeys } from "../src/shell/hotkeys";
import { inWan, plainNumber, setUpInput } from "../src/shell/input";
import { distance } from "../src/shell/times";

beforeAll(() => {
  setUpInput(document);
  setUpHotkeys(document);
});

describe("numbers as people type them", () => {
  it.each([
    ["１２，３４５．６", "12345.6"],
    ["¥ 1,200", "1200"],
    ["12.5万", "125000"],
    ["1.23456万元", "12345.6"],
    ["0.000001万", "0.01"],
    ["-3", "-3"],
    ["３。５", "3.5"],
    ["abc", "abc"],
    ["", ""],
  ])("%s is %s", (typed, plain) => expect(plainNumber(typed)).toBe(plain));

  it("reads large amounts in 万元", () => {
    expect(inWan("128000")).toBe("12.8 万元");
    expect(inWan("9999")).toBe("");
    expect(inWan("230000000")).toBe("2.3 亿元");
  });

  it("are tidied when the field is left", () => {
    document.body.innerHTML = '<input data-number value="１２">';
    const input = document.querySelector("input") as HTMLInputElement;
    input.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
    expect(input.value).toBe("12");
  });
});

describe("an input method", () => {
  it("is not disturbed while it composes, and heard when it is done", () => {
    document.body.innerHTML = '<input type="search">';
    const input = document.querySelector("input") as HTMLInputElement;
    let heard = 0;
    input.addEventListener("input", () => (heard += 1));
    input.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
    expect(heard).toBe(0);
    input.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
    expect(heard).toBe(1);
  });
});

describe("keys", () => {
  const press = (target: EventTarget, key: string) => target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));

  it("move through a list, but not while typing", () => {
    document.body.innerHTML = '<input><ul data-hot-list><li data-hot-item><a href="#1">1</a></li><li data-hot-item><a href="#2">2</a></li></ul>';
    const hot = () => document.querySelector(".hot")?.textContent;
    press(document.querySelector("input") as HTMLElement, "j");
    expect(hot()).toBeUndefined();
    press(document.body, "j");
    press(document.body, "j");
    expect(hot()).toBe("2");
    press(document.body, "k");
    expect(hot()).toBe("1");
  });

  it("bring the focus to a button without pressing it", () => {
    document.body.innerHTML = '<button data-hotkey="a">同意</button>';
    const button = document.querySelector("button") as HTMLButtonElement;
    let pressed = false;
    button.addEventListener("click", () => (pressed = true));
    press(document.body, "a");
    expect(document.activeElement).toBe(button);
    expect(pressed).toBe(false);
  });
});

describe("phrases and times", () => {
  it("insert at the caret, apart from the text before", () => {
    document.body.innerHTML = "<textarea>费用合理</textarea>";
    const area = document.querySelector("textarea") as HTMLTextAreaElement;
    area.setSelectionRange(4, 4);
    insertPhrase(area, "同意");
    expect(area.value).toBe("费用合理，同意");
  });
  it("read as a distance", () => {
    const now = new Date("2026-11-20T10:00:00+08:00");
    expect(distance(new Date("2026-11-20T09:55:00+08:00"), now, "zh-Hans")).toBe("5分钟前");
    expect(distance(new Date("2026-11-20T09:59:40+08:00"), now, "zh-Hans")).toBe("刚刚");
    expect(distance(new Date("2026-10-01T09:59:40+08:00"), now, "zh-Hans")).toBe("");
  });
});
