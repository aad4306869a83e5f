/**
 * Builds build/icons.svg, one sprite of the Tabler icons the program names.
 *
 * A name counts as used where a template says `<c-icon name="inbox"`, where any file says
 * `icon="inbox"`, and where a Python file that fills the menu has it as a text; names that only
 * arise at run time stand in icons.txt.
 */
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
const icons = join(here, "node_modules/@tabler/icons/icons/outline");
const patterns = [/<c-icon\s+name="([a-z0-9-]+)"/g, /\bicon\s*[=:]\s*["']([a-z0-9-]+)["']/g];

const available = new Set(readdirSync(icons).map((file) => file.replace(".svg", "")));
/** @param {string} folder @returns {string[]} */
function sources(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(html|py|ts)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

const names = new Set(
  readFileSync(join(here, "icons.txt"), "utf8")
    .split("\n")
    .filter((line) => line && !line.startsWith("#")),
);
for (const file of [...sources(join(here, "../bihuan")), ...sources(join(here, "src"))]) {
  const text = readFileSync(file, "utf8");
  const fillsMenu = file.endsWith(".py") && text.includes("menu.");
  if (fillsMenu) for (const [, name] of text.matchAll(/"([a-z0-9-]+)"/g)) if (available.has(name)) names.add(name);
  for (const pattern of patterns) for (const [, name] of text.matchAll(pattern)) names.add(name);
}

const missing = [...names].filter((name) => !available.has(name));
if (missing.length > 0) console.warn(`icons: no such icon: ${missing.join(", ")}`);

const symbols = [...names]
  .filter((name) => available.has(name))
  .sort()
  .map((name) => {
    const svg = readFileSync(join(icons, `${name}.svg`), "utf8");
    const shapes = svg
      .replace(/<!--[\s\S]*?-->/g, "")
      .replace(/^[\s\S]*?<svg[^>]*>/, "")
      .replace("</svg>", "")
      .replace(/<path stroke="none"[^>]*\/>/, "")
      .replace(/\s+/g, " ")
      .trim();
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
  });

mkdirSync(join(here, "build"), { recursive: true });
writeFileSync(join(here, "build/icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("\n")}</svg>\n`);
console.log(`icons: ${symbols.length} in the sprite`);
