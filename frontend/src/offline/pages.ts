/** The pages kept for work without a network, as a page sees them; the service worker does the keeping. */
const SETTLED = 3000;
const PAGES = "pages-";
export const OFFLINE = "/offline/";

export interface KeptPage {
  url: string;
  title: string;
}

/** Whether a service worker may keep this page: the browser has one and the page stands over HTTPS or on this machine. */
export function canKeepPages(): boolean {
  return "serviceWorker" in navigator && "caches" in window;
}

/** Installs the service worker. */
export async function startKeeping(): Promise<void> {
  await navigator.serviceWorker.register("/service-worker.js", { scope: "/" });
}

let timer = 0;
let asking: ((kept: boolean) => void)[] = [];

/**
 * Asks for this page to be kept as the server has it now, a moment after the last asking; answers whether it is.
 */
export function keepPage(wait = SETTLED): Promise<boolean> {
  return new Promise((resolve) => {
    asking.push(resolve);
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      const asked = asking;
      asking = [];
      void tellWorker().then((kept) => asked.forEach((answer) => answer(kept)));
    }, wait);
  });
}

async function tellWorker(): Promise<boolean> {
  if (!canKeepPages()) return false;
  const worker = (await navigator.serviceWorker.ready).active;
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => resolve(event.data === true);
    worker?.postMessage({ keep: location.pathname }, [channel.port2]);
  });
}

/** Empties the kept pages, all or those of other people. */
export async function forgetPages(except = ""): Promise<void> {
  if (!("caches" in window)) return;
  const names = (await caches.keys()).filter((name) => name.startsWith(PAGES) && name !== `${PAGES}${except}`);
  await Promise.all(names.map((name) => caches.delete(name)));
}

/** The tasks of a person that can be opened without a network. */
export async function keptPages(person: string): Promise<KeptPage[]> {
  if (!("caches" in window) || !(await caches.has(`${PAGES}${person}`))) return [];
  const cache = await caches.open(`${PAGES}${person}`);
  const found: KeptPage[] = [];
  for (const request of await cache.keys()) {
    const url = new URL(request.url).pathname;
    const html = (await (await cache.match(request))?.text()) ?? "";
    const page = new DOMParser().parseFromString(html, "text/html");
    if (url === OFFLINE) continue;
    const about = page.querySelector(".page-sub")?.textContent.trim() ?? "";
    found.push({ url, title: [page.title.split(" · ")[0] ?? "", about].filter(Boolean).join("　") });
  }
  return found;
}
