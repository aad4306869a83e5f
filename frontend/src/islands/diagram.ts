/** A wide diagram opens where the case stands, and its lanes' titles stay in sight. */
import type { Island } from "../islands";

const HERE = ".is-late, .is-current";
const SVG = "http://www.w3.org/2000/svg";

/** Lifts the titles off the picture onto a strip of their own. */
function freeze(picture: SVGSVGElement): SVGGElement {
  const strip = document.createElementNS(SVG, "g");
  strip.setAttribute("class", "bpmn-frozen");
  const titles = [...picture.querySelectorAll<SVGGraphicsElement>(".bpmn-title")];
  const wide = Math.max(0, ...titles.map((title) => title.getBBox().x + title.getBBox().width + 8));
  const back = document.createElementNS(SVG, "rect");
  for (const lane of picture.querySelectorAll<SVGRectElement>(".bpmn-pool, .bpmn-lane")) {
    const own = back.cloneNode() as SVGRectElement;
    for (const side of ["x", "y", "height"]) own.setAttribute(side, lane.getAttribute(side) ?? "0");
    own.setAttribute("width", String(Math.max(0, wide - Number(lane.getAttribute("x")))));
    strip.append(own);
  }
  strip.append(...titles);
  picture.append(strip);
  return strip;
}

const island: Island = (element) => {
  const picture = element.querySelector("svg");
  if (!picture || element.scrollWidth <= element.clientWidth) return undefined;
  const strip = freeze(picture);
  const follow = (): void => strip.setAttribute("transform", `translate(${String(element.scrollLeft)} 0)`);
  element.addEventListener("scroll", follow, { passive: true });
  const here = element.querySelector(HERE);
  if (here) {
    const box = element.getBoundingClientRect();
    const step = here.getBoundingClientRect();
    element.scrollLeft += step.left + step.width / 2 - (box.left + box.width / 2);
    follow();
  }
  return () => element.removeEventListener("scroll", follow);
};
export default island;
