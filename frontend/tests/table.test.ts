import { beforeEach, describe, expect, it } from "vitest";
import { direction, TableField } from "../src/islands/table-field";
import { cellsOf, fillCell, parseBlock, renumber } from "../src/islands/table-rows";

const row = (index: string | number, item = "", qty = "") => `<tr><th data-row-number></th>
  <td><input type="text" name="f-lines-${index}-item" id="id_f-lines-${index}-item" value="${item}"></td>
  <td><input type="text" data-number name="f-lines-${index}-qty" value="${qty}"></td>
  <td><select name="f-lines-${index}-kind"><option value=""></option><option value="ad">广告</option></select></td>
  <td><input type="hidden" name="f-lines-${index}-paid" value=""><input type="checkbox" name="f-lines-${index}-paid" value="true"></td>
  <td><div id="id_f-lines-${index}-amount"></div><button data-act="remove"></button></td></tr>`;

let table: TableField;
let root: HTMLElement;

beforeEach(() => {
  document.body.innerHTML = `<div id="toasts"></div><form><div id="t" data-name="f-lines" data-min-rows="1" data-max-rows="5">
    <input type="hidden" name="f-lines-count" value="2"><table><tbody>${row(0, "问卷", "1")}${row(1, "礼品", "2")}</tbody></table>
    <template>${row("__row__")}</template></div></form>`;
  root = document.getElementById("t") as HTMLElement;
  table = new TableField(root);
});

const items = () => table.rows.map((each) => cellsOf(each).map((cell) => cell.value)[0]);
const count = () => (root.querySelector("[name=f-lines-count]") as HTMLInputElement).value;
const cell = (name: string) => root.querySelector(`[name=${name}]:not([type=hidden])`) as HTMLInputElement;

describe("a block from a spreadsheet", () => {
  it("is cut at tabs and line ends", () => {
    expect(parseBlock("a\tb\r\nc\t\r\n")).toEqual([["a", "b"], ["c", ""]]);
  });
  it("keeps line breaks, tabs and quotes inside quoted cells", () => {
    expect(parseBlock('"a\nb"\t"x ""y"""\n"t\tt"\tz')).toEqual([["a\nb", 'x "y"'], ["t\tt", "z"]]);
  });
  it("takes a lone quote as text", () => {
    expect(parseBlock('5" 屏\t1')).toEqual([['5" 屏', "1"]]);
  });
  it("fills cells by kind and adds rows", () => {
    table.paste(cell("f-lines-1-item"), parseBlock("展位\t3\t广告\t是\n海报\t4\tad\t否"));
    expect(items()).toEqual(["问卷", "展位", "海报"]);
    expect(cell("f-lines-1-paid").checked).toBe(true);
    expect(cell("f-lines-2-paid").checked).toBe(false);
    expect((root.querySelector("[name=f-lines-1-kind]") as HTMLSelectElement).value).toBe("ad");
    expect(count()).toBe("3");
  });
  it("says so when rows do not fit", () => {
    table.paste(cell("f-lines-0-item"), parseBlock("a\nb\nc\nd\ne\nf\ng"));
    expect(items()).toEqual(["a", "b", "c", "d", "e"]);
    expect(document.getElementById("toasts")?.textContent).toContain("有 2 行放不下");
  });
  it("leaves a choice alone when the text names none", () => {
    const select = root.querySelector("select") as HTMLSelectElement;
    fillCell(select, "广告");
    fillCell(select, "没有这个");
    expect(select.value).toBe("ad");
  });
});

describe("rows", () => {
  it("are numbered without gaps after each change", () => {
    table.add();
    table.remove(table.rows[0] as HTMLTableRowElement);
    expect(table.rows.map((each) => cellsOf(each)[0]?.name)).toEqual(["f-lines-0-item", "f-lines-1-item"]);
    expect(root.querySelector("#id_f-lines-1-amount")).not.toBeNull();
    expect(root.innerHTML).not.toMatch(/tbody.*__row__.*\/tbody/s);
    expect(count()).toBe("2");
  });
  it("are copied with what is in them", () => {
    cell("f-lines-0-paid").checked = true;
    table.duplicate(table.rows[0] as HTMLTableRowElement);
    expect(items()).toEqual(["问卷", "问卷", "礼品"]);
    expect(cell("f-lines-1-paid").checked).toBe(true);
  });
  it("move", () => {
    table.move(table.rows[1] as HTMLTableRowElement, -1);
    expect(items()).toEqual(["礼品", "问卷"]);
  });
  it("never fall below the least number, the last is emptied", () => {
    table.remove(table.rows[0] as HTMLTableRowElement);
    table.remove(table.rows[0] as HTMLTableRowElement);
    expect(items()).toEqual([""]);
  });
  it("keep names of other tables", () => {
    const other = document.createElement("tr");
    other.innerHTML = '<td><input name="f-lines2-0-item"></td>';
    renumber(other, "f-lines", 7);
    expect(other.querySelector("input")?.name).toBe("f-lines2-0-item");
  });
});

describe("keys", () => {
  it("lead down by Enter, and add a row at the end", () => {
    table.step(cell("f-lines-1-qty"), 1, true);
    expect((document.activeElement as HTMLInputElement).name).toBe("f-lines-2-qty");
  });
  it("are left to an input method", () => {
    const key = new KeyboardEvent("keydown", { key: "Enter", isComposing: true });
    expect(direction(key, cell("f-lines-0-item"))).toBeNull();
    expect(direction(new KeyboardEvent("keydown", { key: "Enter" }), cell("f-lines-0-item"))).toEqual({ by: 1, grow: true });
  });
});
