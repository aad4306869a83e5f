/** One file on its way to the server, with progress; tells what is refused for good from what may be tried again. */
import { csrfToken, t } from "../page";

export interface Kept {
  id: string | number;
  name: string;
  size?: number;
  url?: string;
}

/** The server will not take this file, however often it is sent. */
export class Refused extends Error {}

/** Answers after which trying again helps: signed out, a page too old, a busy server. */
const PASSING = new Set([401, 403, 408, 429]);

function parsed(text: string): Partial<Kept> & { error?: { message: string } } {
  try {
    return JSON.parse(text) as Partial<Kept>;
  } catch {
    return {};
  }
}

/** Sends `file` to `url`. Raises Refused, or Error where it may be tried again; both with a text for people. */
export function send(url: string, file: File, progress: (part: number) => void): Promise<Kept> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.addEventListener("progress", (event) => progress(event.loaded / (event.total || 1)));
    request.addEventListener("load", () => {
      const answer = parsed(request.responseText);
      const status = request.status;
      if (status < 300 && answer.id !== undefined) return resolve(answer as Kept);
      const said = answer.error?.message ?? t("上传失败（{status}）", { status });
      reject(status >= 400 && status < 500 && !PASSING.has(status) ? new Refused(said) : new Error(said));
    });
    request.addEventListener("error", () => reject(new Error(t("网络不通，文件没有上传。"))));
    const data = new FormData();
    data.set("file", file);
    request.send(data);
  });
}
