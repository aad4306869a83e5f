/** What jsdom leaves out of a browser, and htmx, which needs one. */
import { vi } from "vitest";

vi.mock("htmx.org", () => ({ default: { process: () => undefined } }));
globalThis.CSS ??= { escape: (text: string) => text.replace(/[^\w-]/g, "\\$&") } as typeof CSS;
HTMLDialogElement.prototype.showModal ??= () => undefined;
Element.prototype.scrollIntoView ??= () => undefined;
