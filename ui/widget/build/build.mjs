// Builds the widget: the panel first, named by its content, then the loader that knows that name, then the preview.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build as bundle } from 'vite';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');

async function script(entry, define = {}) {
  const result = await bundle({
    root,
    configFile: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"', ...define },
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      write: false,
      target: ['es2020', 'safari14'],
      cssTarget: ['chrome111', 'safari16.4'],
      minify: true,
      modulePreload: false,
      rollupOptions: { input: join(root, entry), output: { format: 'iife', entryFileNames: 'out.js' } },
    },
  });
  const { output } = Array.isArray(result) ? result[0] : result;
  return output.find((part) => part.type === 'chunk').code;
}

/** Writes a file and, beside it, its compressed forms for the server to choose from. */
function put(name, content) {
  const path = join(dist, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  const packed = gzipSync(content, { level: 9 });
  writeFileSync(path + '.gz', packed);
  writeFileSync(path + '.br', brotliCompressSync(content));
  return packed.length;
}

export async function build() {
  const panel = await script('src/panel/main.tsx');
  const panelFile = `panel/${createHash('sha256').update(panel).digest('hex').slice(0, 16)}.js`;
  const loader = await script('src/loader/main.ts', { __PANEL_FILE__: JSON.stringify(panelFile) });
  const preview = await script('src/preview/main.tsx');
  rmSync(dist, { recursive: true, force: true });
  const gzip = { loader: put('w.js', loader), panel: put(panelFile, panel) };
  put('preview.js', preview);
  put('preview.html', readFileSync(join(root, 'src/preview/preview.html')));
  const manifest = { loader: 'w.js', panel: panelFile, preview: 'preview.html', gzip };
  writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest, null, 2) + '\n');
  return manifest;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { gzip, panel } = await build();
  console.log(`w.js ${gzip.loader} B, ${panel} ${gzip.panel} B (gzip)`);
}
