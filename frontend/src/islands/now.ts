/** A moment with a button 现在: the present minute in Shanghai, wherever the phone thinks it is. */
import type { Island } from "../islands";
import { element as make, t } from "../page";

/** `moment` as a datetime-local input takes it. */
export function minuteText(moment: Date): string {
  return moment.toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" }).slice(0, 16).replace(" ", "T");
}

const island: Island = (element) => {
  const input = element.querySelector("input") as HTMLInputElement;
  const button = make("button", { type: "button", class: "btn" }, t("现在"));
  button.addEventListener("click", () => {
    input.value = minuteText(new Date());
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  element.append(button);
  return () => button.remove();
};
export default island;
