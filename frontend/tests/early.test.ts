import { expect, test, vi } from "vitest";
import { mountIslands } from "../src/islands";

const FORM = `<form data-island="autosave" data-url="/tasks/1/save/" data-lock="1" data-key="task:1" data-person="7">
  <input name="f-title" value=""></form><span data-draft-status></span>`;

async function opened(typed: string): Promise<string> {
  document.body.innerHTML = FORM;
  mountIslands(document.body);
  const field = document.querySelector<HTMLInputElement>("[name=f-title]");
  if (field && typed) {
    field.value = typed;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  await vi.waitFor(() => expect(document.querySelector("form")?.dataset.mounted).toBe(""));
  return document.querySelector("[data-draft-status]")?.textContent ?? "";
}

test("what is typed before the script is there is saved too", async () => {
  expect(await opened("写到一半")).toBe("未保存");
});

test("an untouched form has nothing to save", async () => {
  expect(await opened("")).toBe("");
});
