// The weight a visitor carries, measured on what was built. Fails over the limits.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const limits = { loader: 6 * 1024, panel: 60 * 1024 };

if (!existsSync(join(dist, 'manifest.json'))) {
  console.error('nothing is built: run npm run build -w widget');
  process.exit(2);
}
const manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8'));
let over = false;
for (const [part, limit] of Object.entries(limits)) {
  const size = gzipSync(readFileSync(join(dist, manifest[part])), { level: 9 }).length;
  const bad = size > limit;
  over ||= bad;
  console.log(`${part.padEnd(7)} ${String(size).padStart(6)} B gzip of ${limit} B ${bad ? 'TOO LARGE' : 'ok'}`);
}
process.exit(over ? 1 : 0);
