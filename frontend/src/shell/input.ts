/** Typing in Chinese: full-width digits, 万元 hints, and no events while a word is being composed. */
import { t } from "../page";

/** Full-width digits, commas, currency signs and blanks out of a number as typed. */
export function plainNumber(text: string): string {
  const narrow = text.normalize("NFKC").replace(/[\s,，¥￥]/g, "").replace("。", ".");
  const match = /^([+-]?)(\d*\.?\d*)(万|亿)?元?$/.exec(narrow);
  if (!match || !/\d/.test(match[2] ?? "")) return narrow;
  const places = match[3] === "万" ? 4 : match[3] === "亿" ? 8 : 0;
  return (match[1] ?? "") + shifted(match[2] ?? "", places);
}

/** Moves the decimal point `places` to the right, exactly. */
function shifted(digits: string, places: number): string {
  if (places === 0) return digits;
  const [whole = "", rest = ""] = digits.split(".");
  const padded = rest.padEnd(places, "0");
  const value = (whole + padded.slice(0, places)).replace(/^0+(?=\d)/, "");
  return padded.length > places ? `${value}.${padded.slice(places)}` : value;
}

/** `123456.7` → `12.35 万元`; nothing below ten thousand. */
export function inWan(text: string): string {
  const amount = Number(plainNumber(text));
  if (!Number.isFinite(amount) || Math.abs(amount) < 10_000) return "";
  const [value, unit] = Math.abs(amount) < 100_000_000 ? [amount / 10_000, t("万元")] : [amount / 100_000_000, t("亿元")];
  return `${value.toLocaleString("zh-CN", { maximumFractionDigits: 2 })} ${unit}`;
}

/** Digits of phone numbers, dates and codes typed with a Chinese input method. */
function narrowDigits(text: string): string {
  return text.replace(/[０-９．－：／]/g, (mark) => mark.normalize("NFKC"));
}

function tidy(input: HTMLInputElement): void {
  const tidied = input.dataset.number === undefined ? narrowDigits(input.value) : plainNumber(input.value);
  if (tidied === input.value) return;
  input.value = tidied;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function hint(input: HTMLInputElement): void {
  const place = input.closest("[data-money]")?.querySelector<HTMLElement>("[data-wan]");
  if (place) place.textContent = inWan(input.value);
}

/** Lets searches and saves wait until an input method has finished the word. */
function holdWhileComposing(root: Document): void {
  root.addEventListener("input", (event) => (event as InputEvent).isComposing && event.stopImmediatePropagation(), true);
  root.addEventListener("compositionend", (event) => {
    event.target?.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

export function setUpInput(root: Document): void {
  holdWhileComposing(root);
  root.addEventListener("focusout", (event) => {
    const input = event.target;
    if (input instanceof HTMLInputElement && (input.dataset.number !== undefined || input.dataset.digits !== undefined)) {
      tidy(input);
    }
  });
  root.addEventListener("input", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.dataset.number !== undefined) hint(event.target);
  });
  for (const input of root.querySelectorAll<HTMLInputElement>("[data-money] input")) hint(input);
}
