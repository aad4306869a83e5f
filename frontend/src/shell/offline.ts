/**
 * Work without a network: the note 离线, what is held back until everything has arrived, and what is forgotten.
 *
 * Forms with `data-offline` may be kept on this machine; the server decides that by secrecy. `<body data-person>` is
 * who is signed in, `data-kept-at` marks a page that the service worker had kept.
 */
import { canKeepPages, forgetPages, keepPage, keptPages, startKeeping } from "../offline/pages";
import { countPhotos, forgetPhotos } from "../offline/photos";
import { countEntries, expiry, forgetEntriesOf, forgetOldEntries, settleSent } from "../offline/shelf";
import { element as make, t } from "../page";
import { ask } from "./dialogs";
import { showToast } from "./toasts";

/** Autosave writes here whether a form has entries that the server has not. */
const UNSAVED = "form[data-unsaved]";

/** Why this form cannot be handed in now, in words; "" if it can. */
export function heldBack(form: HTMLFormElement, root: ParentNode): string {
  if (!navigator.onLine) return t("现在没有网络，联网后才能提交。填写的内容都保留着。");
  const photos = root.querySelectorAll("[data-waiting]").length;
  if (photos > 0) return t("还有 {count} 个文件没有上传完，传完后才能提交。", { count: photos });
  const others = [...root.querySelectorAll<HTMLFormElement>(UNSAVED)].filter((each) => each !== form);
  return others.length > 0 ? t("还有内容没有保存到服务器，保存好后再提交。") : "";
}

function handsIn(button: HTMLElement | null): boolean {
  const name = button?.getAttribute("name") ?? "";
  return ["verb", "act"].includes(name) && button?.getAttribute("value") !== "save";
}

function hold(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (form.getAttribute("method") !== "post" || form.dataset.signOut !== undefined) return;
  const why = handsIn(event.submitter) || !navigator.onLine ? heldBack(form, document) : "";
  if (!why) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  showToast(why, "danger");
}

/** What the note says, "" when there is nothing to say. */
function state(keptAt: string): string {
  if (!keptAt) return navigator.onLine ? "" : t("现在没有网络，已打开的任务可以继续填写。");
  if (navigator.onLine) return t("网络已恢复，留在本机的内容正在上传。");
  const time = new Date(keptAt).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
  return t("这是 {time} 打开的页面，填写的内容先留在本机，联网后自动上传。", { time });
}

function note(root: Document): void {
  root.querySelector(".offline-note")?.remove();
  const said = state(root.querySelector("form[data-offline]") ? (root.body.dataset.keptAt ?? "") : "");
  if (!said) return;
  const tag = make("strong", {}, navigator.onLine ? t("已联网") : t("离线"));
  const bar = make("div", { class: "offline-note", role: "status" }, tag, make("span", {}, said));
  if (navigator.onLine) bar.append(make("a", { href: root.location.pathname }, t("刷新页面")));
  root.getElementById("main")?.prepend(bar);
}

/** Signing out leaves nothing of this person here; what has not arrived is asked about first. */
async function signOut(form: HTMLFormElement, person: string): Promise<void> {
  const left = (await countPhotos(person)) + countEntries(person);
  const question = t("还有 {count} 项内容没有传到服务器，退出登录会从本机删除。", { count: left });
  if (left > 0 && !(await ask(question, t("删除并退出"), true))) return;
  forgetEntriesOf(person);
  await Promise.allSettled([forgetPhotos((photo) => photo.person === person), forgetPages()]);
  form.submit();
}

async function listKept(list: HTMLElement, person: string): Promise<void> {
  const pages = await keptPages(person);
  if (pages.length === 0) return;
  const lines = pages.map(({ url, title }) => make("li", {}, make("a", { href: url }, title)));
  list.replaceChildren(...lines);
}

/** Forgets what is too old, and the pages of whoever was here before. */
function tidy(person: string): void {
  const before = expiry(new Date());
  forgetOldEntries(before);
  void forgetPhotos((photo) => photo.at < before);
  void forgetPages(person);
}

export function setUpOffline(root: Document): void {
  const person = root.body.dataset.person ?? "";
  const again = () => note(root);
  again();
  window.addEventListener("online", again);
  window.addEventListener("offline", again);
  root.addEventListener("submit", hold, true);
  if (!person) return;
  settleSent(root.querySelector("#toasts [data-tone=success]") !== null);
  tidy(person);
  root.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (form.dataset.signOut === undefined) return;
    event.preventDefault();
    void signOut(form, person);
  });
  const list = root.querySelector<HTMLElement>("[data-kept-pages]");
  if (list) void listKept(list, person);
  if (root.querySelector("form[data-offline]") && canKeepPages() && navigator.onLine) {
    void startKeeping().then(() => keepPage(500), () => undefined);
  }
}
