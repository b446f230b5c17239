// Holds docs/events/asyncapi.json against the parser of the AsyncAPI project: node scripts/asyncapi.mjs <folder with node_modules>
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { Parser } = createRequire(join(process.argv[2], "package.json"))("@asyncapi/parser");
const text = readFileSync(new URL("../docs/events/asyncapi.json", import.meta.url), "utf8");
const { document, diagnostics } = await new Parser().parse(text);
const errors = diagnostics.filter((one) => one.severity === 0);
for (const one of errors) console.error(`${one.path.join("/")}: ${one.message}`);
if (!document || errors.length > 0) process.exit(1);
console.log(`${document.allMessages().all().length} messages in ${document.channels().all().length} channels`);
