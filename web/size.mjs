/** Measures the first load of the room (page, scripts, styles, our two cuts of the font; gzip) and fails over the budget. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const DIST = new URL('../app/web_dist/', import.meta.url);
const PAGE = 'room.html';
const BUDGET = 120_000;

const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', DIST), 'utf8'));
const files = new Set([PAGE]);

/** Everything that loads before the page shows; what is imported later on demand does not count. */
function add(chunk) {
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const file of [...(chunk.css ?? []), ...(chunk.assets ?? [])]) if (!file.endsWith('.woff2')) files.add(file);
  for (const name of chunk.imports ?? []) add(manifest[name]);
}

function sizeOf(file) {
  const bytes = readFileSync(new URL(file, DIST));
  return file.endsWith('.woff2') ? bytes.length : gzipSync(bytes).length;
}

add(manifest[PAGE]);
for (const name of Object.keys(manifest)) if (name.startsWith('src/') && name.endsWith('.woff2')) files.add(manifest[name].file);

let total = 0;
for (const file of [...files].sort()) {
  const size = sizeOf(file);
  total += size;
  console.log(`${String(size).padStart(7)}  ${file}`);
}
console.log(`${String(total).padStart(7)}  first load of the room; the budget is ${BUDGET}`);
process.exitCode = total > BUDGET ? 1 : 0;
