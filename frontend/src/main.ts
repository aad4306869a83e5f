/** The one entry: styles, htmx, what every page has, and islands loaded where they stand. */
import "@tabler/core/dist/css/tabler.css";
import "./styles/tokens.css";
import "./styles/shell.css";
import "./styles/anonymous.css";
import "./styles/parts.css";
import "./styles/lists.css";
import "./styles/overlays.css";
import "./styles/forms.css";
import "./styles/files.css";
import "./styles/table-field.css";
import "./styles/diagram.css";
import "./styles/work.css";
import "./styles/loop.css";
import "./styles/offline.css";
import "./styles/phone.css";
import "../build/icons.svg?url";
import "./favicon.svg?url";
import "htmx.org";
import { mountIslands, unmountIslands } from "./islands";
import { setUpDialogs } from "./shell/dialogs";
import { setUpHotkeys } from "./shell/hotkeys";
import { setUpInput } from "./shell/input";
import { setUpMenus } from "./shell/menus";
import { setUpOffline } from "./shell/offline";
import { setUpPalette } from "./shell/palette";
import { setUpTimes } from "./shell/times";
import { setUpToasts } from "./shell/toasts";

setUpInput(document);
setUpDialogs(document);
setUpMenus(document);
setUpToasts(document);
setUpHotkeys(document);
setUpPalette(document);
setUpTimes(document);
setUpOffline(document);
mountIslands(document.body);

document.addEventListener("htmx:after:process", (event) => {
  if (event.target instanceof Element) mountIslands(event.target);
});
document.addEventListener("htmx:before:cleanup", (event) => {
  if (event.target instanceof Element) unmountIslands(event.target);
});
