/** Puts the parts of an answer that are marked `hx-swap-oob` where elements of their ids stand. */
import htmx from "htmx.org";
import { mountIslands, unmountIslands } from "../islands";

/** Replaces elements by id; one that holds the focus is left alone, typing goes before. */
export function swapIn(html: string): void {
  const answer = document.createElement("template");
  answer.innerHTML = html;
  for (const fresh of answer.content.querySelectorAll<HTMLElement>("[hx-swap-oob][id]")) {
    const old = document.getElementById(fresh.id);
    if (!old || old.contains(document.activeElement)) continue;
    fresh.removeAttribute("hx-swap-oob");
    unmountIslands(old);
    old.replaceWith(fresh);
    htmx.process(fresh);
    mountIslands(fresh);
  }
}
