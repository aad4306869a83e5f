/**
 * A table people fill like a spreadsheet: add, copy, move, remove rows, paste a block, walk by keys.
 *
 * It works on rows the server drew (`tbody > tr`), its `<template>` is the blank row, and
 * `<name>-count` says how many rows are sent. Computed cells and totals come back from the server.
 */
import { type Island, mountIslands, unmountIslands } from "../islands";
import { t } from "../page";
import { showToast } from "../shell/toasts";
import { type Cell, cellsOf, copyCells, fillCell, parseBlock, renumber } from "./table-rows";

export class TableField {
  readonly name: string;
  private readonly body: HTMLTableSectionElement;
  private readonly count: HTMLInputElement;
  private readonly blank: HTMLTemplateElement;

  constructor(private readonly root: HTMLElement) {
    this.name = root.dataset.name ?? "";
    this.body = root.querySelector("tbody") as HTMLTableSectionElement;
    this.count = root.querySelector(`input[name="${this.name}-count"]`) as HTMLInputElement;
    this.blank = root.querySelector("template") as HTMLTemplateElement;
  }

  get rows(): HTMLTableRowElement[] {
    return [...this.body.children] as HTMLTableRowElement[];
  }

  private get least(): number {
    return Number(this.root.dataset.minRows ?? 0);
  }

  private get most(): number {
    return Number(this.root.dataset.maxRows) || 500;
  }

  /** Adds a blank row after `after` (default: at the end); null when the table is full. */
  add(after?: Element): HTMLTableRowElement | null {
    if (this.rows.length >= this.most) {
      showToast(t("最多 {most} 行", { most: this.most }), "warning");
      return null;
    }
    const row = (this.blank.content.cloneNode(true) as DocumentFragment).querySelector("tr") as HTMLTableRowElement;
    if (after) after.after(row);
    else this.body.append(row);
    this.settle();
    mountIslands(row);
    return row;
  }

  /** Adds a row below `row` with the same content. */
  duplicate(row: HTMLTableRowElement): HTMLTableRowElement | null {
    const copy = this.add(row);
    if (copy) {
      copyCells(row, copy);
      for (const cell of cellsOf(copy)) cell.dispatchEvent(new Event("select:sync"));
      this.changed();
    }
    return copy;
  }

  remove(row: HTMLTableRowElement): void {
    const at = this.rows.indexOf(row);
    if (this.rows.length <= this.least) for (const cell of cellsOf(row)) fillCell(cell, "");
    else {
      unmountIslands(row);
      row.remove();
    }
    this.changed();
    const next = this.rows[Math.min(at, this.rows.length - 1)];
    (next ? cellsOf(next)[0] : this.root.querySelector<HTMLElement>("[data-act=add]"))?.focus();
  }

  move(row: HTMLTableRowElement, step: -1 | 1): void {
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    if (step < 0) other.before(row);
    else other.after(row);
    this.changed();
  }

  /** Brings the table to exactly `wanted` rows (drafts that are restored). */
  resize(wanted: number): void {
    while (this.rows.length < Math.min(wanted, this.most) && this.add());
    for (const row of this.rows.slice(wanted)) row.remove();
    this.settle();
  }

  /** Writes a copied block from `cell` on, adding rows as needed. */
  paste(cell: Cell, block: string[][]): void {
    let row: HTMLTableRowElement | null = cell.closest("tr");
    const column = row ? cellsOf(row).indexOf(cell) : 0;
    let lost = 0;
    for (const [index, texts] of block.entries()) {
      if (!row) lost += 1;
      const targets = row ? cellsOf(row).slice(column) : [];
      texts.forEach((text, at) => targets[at] && fillCell(targets[at], text));
      if (index === block.length - 1 || !row) continue;
      row = (row.nextElementSibling as HTMLTableRowElement | null) ?? this.add();
    }
    this.changed();
    if (lost > 0) showToast(t("有 {lost} 行放不下，没有粘贴", { lost }), "warning");
    else showToast(t("已粘贴 {rows} 行", { rows: block.length }), "info");
  }

  /** Moves the focus a row up or down in the same column; down from the last row adds one. */
  step(cell: Cell, by: -1 | 1, grow: boolean): void {
    const row = cell.closest("tr") as HTMLTableRowElement;
    const column = cellsOf(row).indexOf(cell);
    const next = this.rows[this.rows.indexOf(row) + by] ?? (grow && by > 0 ? this.add() : null);
    const target = next ? cellsOf(next)[column] : undefined;
    target?.focus();
    if (target instanceof HTMLInputElement && target.type === "text") target.select();
  }

  private settle(): void {
    this.rows.forEach((row, index) => {
      renumber(row, this.name, index);
      const number = row.querySelector("[data-row-number]");
      if (number) number.textContent = String(index + 1);
    });
    this.count.value = String(this.rows.length);
    this.root.classList.toggle("is-empty", this.rows.length === 0);
  }

  private changed(): void {
    this.settle();
    this.root.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

const ACTS: Record<string, (table: TableField, row: HTMLTableRowElement) => unknown> = {
  copy: (table, row) => table.duplicate(row),
  remove: (table, row) => table.remove(row),
  up: (table, row) => table.move(row, -1),
  down: (table, row) => table.move(row, 1),
};

function addAndGo(table: TableField): void {
  const added = table.add();
  if (added) cellsOf(added)[0]?.focus();
}

function onClick(table: TableField, event: Event): void {
  const button = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-act]") : null;
  if (!button) return;
  const act = button.dataset.act ?? "";
  const row = button.closest("tr");
  if (act === "add") addAndGo(table);
  else if (row) ACTS[act]?.(table, row);
  // A row that moved takes the focus along.
  if (act === "up" || act === "down") button.focus();
}

function isCell(target: EventTarget | null): target is Cell {
  return target instanceof Element && target.matches("td input[name], td select[name], td textarea[name]");
}

const ARROWS: Record<string, { by: -1 | 1; grow: boolean }> = {
  ArrowDown: { by: 1, grow: false },
  ArrowUp: { by: -1, grow: false },
};

/** Whether an input method still owns the key (229 is how older ones say so). */
function composing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}

/** Which way a key leads out of a cell, if it does. */
export function direction(event: KeyboardEvent, cell: Cell): { by: -1 | 1; grow: boolean } | null {
  if (composing(event) || event.altKey) return null;
  if (event.key === "Enter") {
    const breaksLine = cell instanceof HTMLTextAreaElement && !event.ctrlKey;
    return breaksLine ? null : { by: event.shiftKey ? -1 : 1, grow: true };
  }
  const single = cell instanceof HTMLInputElement && ["text", "checkbox"].includes(cell.type);
  return single ? (ARROWS[event.key] ?? null) : null;
}

const island: Island = (element) => {
  const table = new TableField(element);
  element.addEventListener("click", (event) => onClick(table, event));
  element.addEventListener("keydown", (event) => {
    if (!isCell(event.target)) return;
    const way = direction(event, event.target);
    if (!way) return;
    event.preventDefault();
    table.step(event.target, way.by, way.grow);
  });
  element.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!isCell(event.target) || !/[\t\n]/.test(text.trim())) return;
    if (event.target instanceof HTMLTextAreaElement && !text.includes("\t")) return;
    event.preventDefault();
    table.paste(event.target, parseBlock(text));
  });
  element.addEventListener("table:resize", (event) => table.resize((event as CustomEvent<number>).detail));
  return undefined;
};
export default island;
