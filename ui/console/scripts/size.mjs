/** What the first screen costs: entry, its static imports, the route's chunk and their styles, gzipped. Fails over the budget. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET = 450 * 1000;
const dist = new URL("../dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));
const shared = ["index.html", "src/texts/zh/index.ts"];
const screens = {
  "sign-in": ["src/features/session/SignInPage.tsx"],
  desk: ["src/app/Shell.tsx", "src/features/desk/DeskPage.tsx"],
};

function closure(keys, found = new Set()) {
  for (const key of keys) {
    const one = manifest[key];
    if (!one) throw new Error(`${key} is not in the build; was a screen moved?`);
    for (const file of [one.file, ...(one.css ?? [])]) found.add(file);
    closure((one.imports ?? []).filter((name) => !found.has(manifest[name].file)), found);
  }
  return found;
}

const report = Object.fromEntries(
  Object.entries(screens).map(([name, keys]) => {
    const files = [...closure([...shared, ...keys])];
    return [name, { files: files.length, gzip: files.reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length, 0) }];
  }),
);
let over = false;
for (const [name, { files, gzip }] of Object.entries(report)) {
  console.log(`${name}: ${(gzip / 1000).toFixed(1)} kB gzip in ${files} files (budget ${BUDGET / 1000})`);
  over ||= gzip > BUDGET;
}
process.exit(over ? 1 : 0);
