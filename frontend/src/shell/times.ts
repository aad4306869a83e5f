/** `<time data-relative datetime="…">` reads 3 分钟前 and stays true while the page is open. */
import { t } from "../page";

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** Distance between two moments in words; beyond a week nothing (the date says more). */
export function distance(then: Date, now: Date, language: string): string {
  const seconds = (then.getTime() - now.getTime()) / 1000;
  if (Math.abs(seconds) < 60) return t("刚刚");
  if (Math.abs(seconds) > 7 * 86_400) return "";
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ["minute", 60];
  return format.format(Math.trunc(seconds / size), unit);
}

export function setUpTimes(root: Document): void {
  const refresh = () => {
    for (const time of root.querySelectorAll<HTMLTimeElement>("time[data-relative]")) {
      time.title ||= time.textContent.trim();
      const words = distance(new Date(time.dateTime), new Date(), root.documentElement.lang || "zh-Hans");
      if (words) time.textContent = words;
    }
  };
  refresh();
  window.setInterval(refresh, 60_000);
  root.addEventListener("htmx:after:swap", refresh);
}
