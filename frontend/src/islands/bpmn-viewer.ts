/**
 * A process diagram with the live position.
 *
 * `data-url` gives the BPMN (or `data-xml`, the id of a json_script with it as a string); `data-live`
 * is the id of a json_script `{"active": [ids], "done": [ids], "late": [ids], "notes": {id: text}}`.
 * The bottom right corner belongs to the bpmn.io mark, which its licence wants visible.
 */
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import words from "bpmn-js-i18n/translations/zn.js";
import type { Island } from "../islands";
import { element as make, t } from "../page";

interface Live {
  active?: string[];
  done?: string[];
  late?: string[];
  notes?: Record<string, string>;
}
interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
interface Canvas {
  addMarker(id: string, marker: string): void;
  zoom(level?: number | "fit-viewport", center?: "auto"): number;
  viewbox(box?: Box): Box & { inner: Box; outer: Box };
  scrollToElement(id: string): void;
}
interface Overlays {
  add(id: string, overlay: { position: Record<string, number>; html: HTMLElement }): void;
}
interface Registry {
  get(id: string): unknown;
}

const LEAST_ZOOM = 0.55;

function translate(text: string, values: Record<string, string> = {}): string {
  return (words[text] ?? text).replace(/\{(\w+)\}/g, (mark, name: string) => values[name] ?? mark);
}

function json(id: string | undefined): unknown {
  const script = id ? document.getElementById(id) : null;
  return script ? JSON.parse(script.textContent || "null") : null;
}

async function source(element: HTMLElement): Promise<string> {
  const given = json(element.dataset.xml);
  if (typeof given === "string") return given;
  const response = await fetch(element.dataset.url ?? "", { credentials: "same-origin" });
  if (!response.ok) throw new Error(String(response.status));
  return response.text();
}

function mark(viewer: NavigatedViewer, live: Live): void {
  const canvas = viewer.get<Canvas>("canvas");
  const known = viewer.get<Registry>("elementRegistry");
  for (const state of ["done", "active", "late"] as const) {
    for (const id of live[state] ?? []) if (known.get(id)) canvas.addMarker(id, `step-${state}`);
  }
  for (const [id, note] of Object.entries(live.notes ?? {})) {
    if (!known.get(id)) continue;
    const html = make("div", { class: "step-note" }, note);
    viewer.get<Overlays>("overlays").add(id, { position: { top: -12, left: 4 }, html });
  }
}

/** Everything at a glance if it stays readable, else the live step in the middle. */
function show(viewer: NavigatedViewer, live: Live): void {
  const canvas = viewer.get<Canvas>("canvas");
  if (canvas.zoom("fit-viewport", "auto") >= LEAST_ZOOM) return;
  canvas.zoom(LEAST_ZOOM);
  const here = live.active?.[0];
  if (here) canvas.scrollToElement(here);
  else {
    const { inner, width, height } = canvas.viewbox();
    canvas.viewbox({ x: inner.x - 10, y: inner.y - 10, width, height });
  }
}

function tools(viewer: NavigatedViewer, live: Live): HTMLElement {
  const canvas = viewer.get<Canvas>("canvas");
  const made = (label: string, sign: string, act: () => void) => {
    const button = make("button", { type: "button", class: "diagram-tool", "aria-label": label, title: label }, sign);
    button.addEventListener("click", act);
    return button;
  };
  return make(
    "div",
    { class: "diagram-tools" },
    made(t("放大"), "+", () => canvas.zoom(canvas.zoom() * 1.25)),
    made(t("缩小"), "−", () => canvas.zoom(canvas.zoom() / 1.25)),
    made(t("全图"), "▢", () => canvas.zoom("fit-viewport", "auto")),
    made(t("当前步骤"), "◎", () => show(viewer, live)),
  );
}

async function draw(element: HTMLElement, viewer: NavigatedViewer): Promise<void> {
  const live = (json(element.dataset.live) ?? {}) as Live;
  await viewer.importXML(await source(element));
  mark(viewer, live);
  show(viewer, live);
  element.append(tools(viewer, live));
}

const island: Island = (element) => {
  const stage = make("div", { class: "diagram-stage" });
  element.append(stage);
  const viewer = new NavigatedViewer({ container: stage, additionalModules: [{ translate: ["value", translate] }] });
  draw(element, viewer).catch(() => stage.append(make("p", { class: "diagram-failed" }, t("流程图没有加载成功，请刷新页面。"))));
  return () => viewer.destroy();
};
export default island;
