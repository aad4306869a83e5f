/**
 * Keeps the task pages of today, and what they are drawn with, for people without a network.
 *
 * The network always comes first; a kept page is the fallback. The server says by the header `X-Keep-Offline`,
 * which holds the person's number, what may be kept at all; everything else passes through untouched: the API,
 * downloads, other pages, whatever is posted, and any answer but 200. Pages lie in a cache named after their
 * person; signing in or out empties them. `self.bundle`, which the server writes above this script, names the bundle
 * and its files.
 */
declare const self: ServiceWorkerGlobalScope & { bundle: { mark: string; files: string[] } };

const ASSETS = `assets-${self.bundle.mark}`;
const PAGES = "pages-";
const OFFLINE = "/offline/";
const KEEP = "X-Keep-Offline";
const KEPT_AT = "X-Kept-At";
const PATIENCE = 8000;
const SIGNING = /^\/sign-(in|out)\//;
const HASHED = /[.-][\w-]{8,12}\.\w+$/;

async function forget(which: (name: string) => boolean): Promise<void> {
  await Promise.all((await caches.keys()).filter(which).map((name) => caches.delete(name)));
}

/** Keeps what may be kept; what may not be (any more) goes. Answers whether it is kept. */
async function note(path: string, answer: Response): Promise<boolean> {
  const person = answer.headers.get(KEEP);
  if (answer.status >= 500) return false; // the server will have more to say another time
  if (answer.status !== 200 || answer.redirected || !person) {
    for (const name of await caches.keys()) if (name.startsWith(PAGES)) await (await caches.open(name)).delete(path);
    return false;
  }
  const mine = PAGES + person;
  await forget((name) => name.startsWith(PAGES) && name !== mine);
  const headers = new Headers(answer.headers);
  headers.set(KEPT_AT, new Date().toISOString());
  await (await caches.open(mine)).put(path, new Response(await answer.blob(), { status: 200, headers }));
  return true;
}

/** A page kept today, marked as such; what was kept on another day goes. */
async function kept(path: string): Promise<Response | undefined> {
  for (const name of await caches.keys()) {
    if (!name.startsWith(PAGES)) continue;
    const cache = await caches.open(name);
    const found = await cache.match(path);
    const at = found?.headers.get(KEPT_AT) ?? "";
    if (!found) continue;
    if (new Date(at).toDateString() !== new Date().toDateString()) {
      await cache.delete(path);
      continue;
    }
    const headers = new Headers(found.headers);
    headers.delete("Content-Length");
    headers.delete("Content-Encoding");
    const html = (await found.text()).replace("<body", `<body data-kept-at="${at}"`);
    return new Response(html, { headers });
  }
  return undefined;
}

/** From the network; from what was kept today when there is none, or when it does not answer. */
async function page(event: FetchEvent): Promise<Response> {
  const path = new URL(event.request.url).pathname;
  const asked = fetch(event.request);
  const answer = asked.then(async (fresh) => {
    event.waitUntil(note(path, fresh.clone()));
    return fresh;
  });
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE, undefined));
  try {
    return (await Promise.race([answer, late])) ?? (await kept(path)) ?? (await answer);
  } catch {
    return (await kept(path)) ?? (await kept(OFFLINE)) ?? Response.error();
  }
}

/** What is posted goes to the network or nowhere; afterwards the page looks different, so its copy goes. */
async function posted(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  if (SIGNING.test(path)) await forget((name) => name.startsWith(PAGES));
  try {
    const answer = await fetch(request);
    await note(path, new Response(null, { status: answer.status >= 500 ? 500 : 204 }));
    return answer;
  } catch {
    return (await kept(OFFLINE)) ?? Response.error();
  }
}

/** Files of the bundle never change under their name. */
async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(ASSETS);
  const found = await cache.match(request.url);
  if (found) return found;
  const fresh = await fetch(request);
  if (fresh.status === 200) await cache.put(request.url, fresh.clone());
  return fresh;
}

/** Keeps a page with all it may be drawn with, and the page that lists what is kept. */
async function keep(path: string): Promise<boolean> {
  const cache = await caches.open(ASSETS);
  const there = new Set((await cache.keys()).map((request) => new URL(request.url).pathname));
  await cache.addAll(self.bundle.files.filter((file) => !there.has(file)));
  const both = await Promise.all([path, OFFLINE].map(async (one) => note(one, await fetch(one))));
  return both.every(Boolean);
}

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => {
  event.waitUntil(forget((name) => name.startsWith("assets-") && name !== ASSETS).then(() => self.clients.claim()));
});
self.addEventListener("message", (event) => {
  const { keep: path } = event.data as { keep: string };
  const answer = (done: boolean) => event.ports[0]?.postMessage(done);
  event.waitUntil(keep(path).then(answer, () => answer(false)));
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(request.method === "GET" ? page(event) : posted(request));
  } else if (request.method === "GET" && url.pathname.startsWith("/static/") && HASHED.test(url.pathname)) {
    event.respondWith(asset(request));
  }
});
