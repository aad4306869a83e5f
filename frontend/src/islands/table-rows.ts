/** Rows of a table field: names and ids follow the row's place; text from a spreadsheet becomes cells. */

/** What stands for the row number in the blank row; the server's `ROW_MARK`. */
export const ROW_MARK = "__row__";

const NAMED = ["name", "id", "for", "aria-describedby", "aria-controls", "aria-labelledby", "list"];

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Gives every name and id inside `row` the row number `index`; `name` is the field's own name. */
export function renumber(row: Element, name: string, index: number): void {
  const pattern = new RegExp(`(^|\\s|id_)${escaped(name)}-(?:\\d+|${ROW_MARK})-`, "g");
  for (const element of [row, ...row.querySelectorAll("*")]) {
    for (const attribute of NAMED) {
      const value = element.getAttribute(attribute);
      if (value) element.setAttribute(attribute, value.replace(pattern, `$1${name}-${index}-`));
    }
  }
}

/** Cells of a block copied from Excel or WPS: tabs, line ends, quoted cells with line breaks inside. */
export function parseBlock(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"(?=[\t\n]|$)|([^\t\n]*))(\t|\n|$)/y;
  const clean = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "");
  while (cell.lastIndex <= clean.length) {
    const match = cell.exec(clean);
    if (!match) break;
    rows.at(-1)?.push(match[1] === undefined ? (match[2] ?? "").trim() : match[1].replaceAll('""', '"'));
    if (match[3] === "\n") rows.push([]);
    if (match[3] === "") break;
  }
  return rows;
}

export type Cell = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** The inputs of a row that people fill, in order; the hidden twin of a checkbox is none. */
export function cellsOf(row: Element): Cell[] {
  const all = row.querySelectorAll<Cell>("td input[name], td select[name], td textarea[name]");
  return [...all].filter((cell) => !(cell instanceof HTMLInputElement && cell.type === "hidden"));
}

const YES = new Set(["是", "true", "1", "y", "yes", "√", "✓", "☑"]);

function asDate(text: string): string {
  const match = /^(\d{4})[年/.-](\d{1,2})(?:[月/.-](\d{1,2})日?)?$/.exec(text.normalize("NFKC"));
  if (!match) return text;
  const [, year = "", month = "", day] = match;
  const front = `${year}-${month.padStart(2, "0")}`;
  return day ? `${front}-${day.padStart(2, "0")}` : front;
}

function pick(select: HTMLSelectElement, text: string): void {
  const option = [...select.options].find((each) => each.value === text || each.text.trim() === text);
  if (!option && text) return;
  select.value = option?.value ?? "";
  select.dispatchEvent(new Event("select:sync"));
}

/** Writes pasted text into a cell the way its kind wants it; unknown choices are left alone. */
export function fillCell(cell: Cell, text: string): void {
  if (cell instanceof HTMLSelectElement) pick(cell, text);
  else if (cell.type === "checkbox") (cell as HTMLInputElement).checked = YES.has(text.toLowerCase());
  else if (cell.type === "date" || cell.type === "month") cell.value = asDate(text);
  else cell.value = text;
  cell.dispatchEvent(new Event("input", { bubbles: true }));
  cell.dispatchEvent(new FocusEvent("focusout", { bubbles: true }));
}

/** Copies what is filled in from one row to another of the same shape. */
export function copyCells(from: Element, to: Element): void {
  const target = cellsOf(to);
  cellsOf(from).forEach((cell, index) => {
    const twin = target[index];
    if (!twin) return;
    if (cell instanceof HTMLSelectElement && twin instanceof HTMLSelectElement) {
      twin.replaceChildren(...[...cell.options].map((option) => option.cloneNode(true)));
      [...twin.options].forEach((option, at) => (option.selected = cell.options[at]?.selected ?? false));
    } else if (cell.type === "checkbox" || cell.type === "radio") {
      (twin as HTMLInputElement).checked = (cell as HTMLInputElement).checked;
    } else twin.value = cell.value;
  });
}
