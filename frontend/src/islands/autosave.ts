/**
 * Drafts that save themselves: a form with `data-url`, `data-lock`, `data-key` (the document) and
 * `data-person`.
 *
 * Posts the whole form and `lock` a moment after the last change. The answer: 200 with the header
 * `X-Draft-Lock` and elements marked `hx-swap-oob` (computed fields, totals, warnings), 409 when
 * someone saved in between, 401 when signed out. What the server does not have yet is kept in the browser
 * (with `data-offline` also when it is closed) and offered when the form comes back; on a page that was itself
 * kept for offline work it is put back at once. With `data-refused` the page is the answer to a refused form and
 * holds everything that was sent: there is nothing to offer, but it still has to be saved.
 */
import type { Island } from "../islands";
import { canKeepPages, keepPage } from "../offline/pages";
import { Shelf } from "../offline/shelf";
import { csrfToken, element as make, t } from "../page";
import { askAboutConflict } from "./conflict";
import { entriesOf, isNews, restore } from "./drafts";
import { swapIn } from "./swap";

type State = "clean" | "dirty" | "saving" | "saved" | "offline" | "signed-out" | "conflict" | "refused" | "failed";
const PAUSE = 1200;
const RETRY = 15_000;

function clock(date: Date): string {
  return date.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
}

class Autosave {
  private readonly status: HTMLElement | null;
  private readonly shelf: Shelf;
  private lastSent = "";
  /** What the server may hold without anybody else having written: see `askAboutConflict`. */
  private readonly own = new Set<string>();
  private timer = 0;
  private busy = false;
  private submitting = false;
  private state: State = "clean";

  constructor(private readonly form: HTMLFormElement) {
    const status = form.dataset.status ?? "[data-draft-status]";
    this.status = form.querySelector(status) ?? document.querySelector(status);
    this.shelf = new Shelf(form.dataset.person ?? "", form.dataset.key ?? location.pathname, form.dataset.offline !== undefined);
    if (form.dataset.refused === undefined) {
      this.lastSent = this.snapshot();
      if (document.body.dataset.keptAt === undefined) this.offer();
      else this.resume();
    }
    if (form.dataset.refused !== undefined || form.dataset.early !== undefined) {
      this.lastSent = "";
      this.touch();
    }
  }

  private snapshot(): string {
    return JSON.stringify(entriesOf(this.form));
  }

  private get changed(): boolean {
    return this.snapshot() !== this.lastSent;
  }

  private show(state: State): void {
    this.state = state;
    const words: Record<State, string> = {
      clean: "",
      dirty: t("未保存"),
      saving: t("正在保存…"),
      saved: t("已保存 {time}", { time: clock(new Date()) }),
      offline: this.shelf.lasting ? t("已离线，内容保留在本机") : t("已离线，按密级不能留在本机，请勿关闭页面"),
      "signed-out": t("登录已过期，内容保留在本机"),
      conflict: t("别人也改了这份单据"),
      refused: t("服务器没有接受，内容保留在本机，请刷新页面"),
      failed: t("没有保存成功，稍后再试"),
    };
    this.form.toggleAttribute("data-unsaved", !["clean", "saved"].includes(state));
    if (!this.status) return;
    this.status.dataset.state = state;
    const text = this.status.querySelector<HTMLElement>("[data-text]") ?? this.status;
    text.textContent = words[state];
    if (state === "signed-out") {
      const next = encodeURIComponent(location.pathname + location.search);
      const href = `${this.form.dataset.signIn ?? "/"}?next=${next}`;
      text.append(" ", make("a", { href }, t("重新登录")));
    }
  }

  /** Something changed: keep it here, and send it after a pause. */
  readonly touch = (): void => {
    if (!this.changed || this.state === "conflict") return;
    this.shelf.write(this.form);
    if (this.state !== "signed-out") this.show("dirty");
    this.plan(PAUSE);
  };

  private plan(wait: number): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.save(), wait);
  }

  readonly save = async (): Promise<void> => {
    if (this.busy || this.submitting || this.state === "conflict" || !this.changed) return;
    if (!navigator.onLine) {
      this.show("offline");
      return;
    }
    this.busy = true;
    this.show("saving");
    const sent = this.snapshot();
    this.own.add(this.lastSent).add(sent);
    try {
      await this.settle(await this.post(), sent);
    } catch {
      this.show("offline");
      this.plan(RETRY);
    } finally {
      this.busy = false;
    }
  };

  private post(): Promise<Response> {
    const data = new FormData(this.form);
    data.set("lock", this.form.dataset.lock ?? "");
    return fetch(this.form.dataset.url ?? "", {
      method: "POST",
      body: data,
      credentials: "same-origin",
      headers: { "X-CSRFToken": csrfToken(), "HX-Request": "true", "HX-Request-Type": "partial" },
    });
  }

  private async settle(response: Response, sent: string): Promise<void> {
    if (response.ok) return this.accept(response, sent);
    if (response.status === 409) return this.clash();
    if (response.status === 401) return this.show("signed-out");
    // No use in asking again: the step was done by someone else, or the page is too old.
    if (response.status < 500) return this.show("refused");
    this.show("failed");
    this.plan(RETRY);
  }

  private async accept(response: Response, sent: string): Promise<void> {
    this.setLock(response.headers.get("X-Draft-Lock") ?? this.form.dataset.lock ?? "");
    this.lastSent = sent;
    this.own.clear();
    const html = await response.text();
    if (this.changed) {
      this.show("dirty");
      this.plan(PAUSE);
      return;
    }
    swapIn(html);
    this.lastSent = this.snapshot();
    this.show("saved");
    this.arrive();
  }

  /** The server has it; here it goes as soon as the page kept for offline work shows it too. */
  private arrive(): void {
    if (!this.shelf.lasting || !canKeepPages()) return this.shelf.clear();
    this.shelf.write(this.form, { arrived: true });
    void keepPage().then((kept) => {
      if (kept && this.shelf.read()?.arrived) this.shelf.clear();
    });
  }

  private setLock(lock: string): void {
    this.form.dataset.lock = lock;
    const field = this.form.elements.namedItem("lock");
    if (field instanceof HTMLInputElement) field.value = lock;
  }

  private async clash(): Promise<void> {
    this.show("conflict");
    const choice = await askAboutConflict(this.form, [...this.own]);
    if (choice.take === "theirs") {
      this.forget();
      location.reload();
    } else if (choice.take === "mine") {
      this.setLock(choice.lock);
      this.show("dirty");
      this.plan(0);
    }
  }

  /** A page kept for offline work is older than what was typed on it since. */
  private resume(): void {
    const kept = this.shelf.read();
    if (!kept) return;
    this.setLock(kept.lock);
    restore(this.form, kept);
    this.own.add(JSON.stringify(kept.entries)); // its page may have been closed before the answer came
    if (kept.arrived) this.lastSent = this.snapshot();
    else if (navigator.onLine) this.touch();
    else if (this.changed) this.show("offline");
  }

  /** Offers what an expired sign-in or a closed lid left behind. */
  private offer(): void {
    const kept = this.shelf.read();
    if (!kept || !isNews(kept, this.form)) {
      this.shelf.clear();
      return;
    }
    const yes = make("button", { type: "button", class: "btn btn-sm btn-primary" }, t("恢复"));
    const no = make("button", { type: "button", class: "btn btn-sm" }, t("丢弃"));
    const text = t("{time} 填写的内容还没有保存到服务器。", { time: clock(new Date(kept.at)) });
    const bar = make("div", { class: "draft-offer", role: "status" }, make("span", {}, text), yes, no);
    this.form.prepend(bar);
    yes.addEventListener("click", () => {
      bar.remove();
      restore(this.form, kept);
      this.touch();
    });
    no.addEventListener("click", () => {
      bar.remove();
      this.shelf.clear();
    });
  }

  private forget(): void {
    this.submitting = true;
    window.clearTimeout(this.timer);
    this.shelf.clear();
  }

  /** The form goes to the server whole: nothing to warn about, and it stays here until it arrived. */
  readonly submit = (): void => {
    this.submitting = true;
    window.clearTimeout(this.timer);
    this.shelf.write(this.form, { sent: true });
    window.setTimeout(() => (this.submitting = false), 5000);
  };

  readonly leave = (event: BeforeUnloadEvent): void => {
    const safe = this.state === "offline" && this.shelf.lasting;
    if (!this.submitting && this.changed && !safe) event.preventDefault();
  };
}

const island: Island = (element) => {
  const draft = new Autosave(element as HTMLFormElement);
  const stop = new AbortController();
  const { signal } = stop;
  element.addEventListener("input", draft.touch, { signal });
  element.addEventListener("change", draft.touch, { signal });
  element.addEventListener("submit", draft.submit, { signal });
  window.addEventListener("online", () => void draft.save(), { signal });
  window.addEventListener("beforeunload", draft.leave, { signal });
  document.addEventListener("visibilitychange", () => document.hidden && void draft.save(), { signal });
  return () => stop.abort();
};
export default island;
