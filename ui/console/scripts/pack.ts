import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import type { Plugin } from "vite";

const worthIt = /\.(js|css|html|svg|json)$/;

/** Writes `.gz` and `.br` beside each text of the build: the server embeds them and never compresses while it serves. */
export function pack(): Plugin {
  let dist = "dist";
  return {
    name: "pack",
    apply: "build",
    configResolved: (config) => {
      dist = config.build.outDir;
    },
    closeBundle: () => {
      for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
        // The page itself is not packed: the server writes a nonce into it.
        if (!entry.isFile() || !worthIt.test(entry.name) || entry.name === "index.html") continue;
        const file = join(entry.parentPath, entry.name);
        const content = readFileSync(file);
        writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
        writeFileSync(`${file}.br`, brotliCompressSync(content));
      }
    },
  };
}
