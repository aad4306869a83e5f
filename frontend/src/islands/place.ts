/** A text with a button 定位: asks the phone where it stands, only when pressed; typing works all the same. */
import type { Island } from "../islands";
import { element as make, t } from "../page";

/** Latitude, longitude (5 digits, about a metre) and accuracy in metres as one text. */
export function placeText(coords: Pick<GeolocationCoordinates, "latitude" | "longitude" | "accuracy">): string {
  return `${coords.latitude.toFixed(5)}, ${coords.longitude.toFixed(5)} ±${Math.ceil(coords.accuracy)} m`;
}

function whyNot(code: number): string {
  if (code === 1) return t("没有得到定位许可，请直接填写地点。");
  if (code === 3) return t("定位超时，请到开阔处再试，或直接填写地点。");
  return t("定不了位，请直接填写地点。");
}

const island: Island = (element) => {
  const input = element.querySelector("input") as HTMLInputElement;
  const note = make("span", { class: "field-help", role: "status" });
  const button = make("button", { type: "button", class: "btn" }, t("定位"));
  const found = (position: GeolocationPosition) => {
    button.disabled = false;
    input.value = placeText(position.coords);
    note.textContent = "";
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const failed = (error: { code: number }) => {
    button.disabled = false;
    note.textContent = whyNot(error.code);
    input.focus();
  };
  button.addEventListener("click", () => {
    if (!("geolocation" in navigator)) return failed({ code: 2 });
    button.disabled = true;
    note.textContent = t("正在定位…");
    navigator.geolocation.getCurrentPosition(found, failed, { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 });
  });
  element.append(button);
  element.after(note);
  return () => {
    button.remove();
    note.remove();
  };
};
export default island;
