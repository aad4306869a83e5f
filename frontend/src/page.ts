/**
 * Texts of the scripts. The page brings its language's in `<script id="texts" type="application/json">`
 * (key = zh-Hans text); what is missing there stays zh-Hans.
 */
let words: Record<string, string> | undefined;

function table(): Record<string, string> {
  if (!words) {
    const script = document.getElementById("texts");
    words = script ? (JSON.parse(script.textContent || "{}") as Record<string, string>) : {};
  }
  return words;
}

/** The text in the page's language, `{name}` replaced by `values.name`. */
export function t(text: string, values: Record<string, string | number> = {}): string {
  const template = table()[text] ?? text;
  return template.replace(/\{(\w+)\}/g, (mark, name: string) => String(values[name] ?? mark));
}

/** Creates an element with attributes and children; texts are set as text, never as HTML. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** The token that every POST carries; the page hands it to htmx and to us. */
export function csrfToken(): string {
  const headers = document.body.getAttribute("hx-headers:inherited") ?? "{}";
  return (JSON.parse(headers) as Record<string, string>)["X-CSRFToken"] ?? "";
}
