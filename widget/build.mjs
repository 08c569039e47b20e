/**
 * Build the release of the version in package.json: `node build.mjs`.
 * `node build.mjs --check` builds in memory and exits 1 when the committed release is not what the sources give.
 */

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';

/** Bytes on the wire above which the build fails. */
const BUDGET = { 'avis.js': { gzip: 8192, brotli: 7168 } };
const TARGET = 'es2022';

const at = (path) => new URL(path, import.meta.url);
const readJson = async (path) => JSON.parse(await readFile(at(path), 'utf8'));

async function minifiedSheet(path) {
  const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true, charset: 'utf8' });
  return code.trim();
}

/** A sheet imported from JavaScript is its minified text: no HTML sink is needed to adopt it. */
const sheets = {
  name: 'sheets',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => ({ contents: await minifiedSheet(path), loader: 'text' }));
  },
};

async function bundle(version) {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(at('.')),
    entryPoints: ['src/avis.js'],
    bundle: true,
    minify: true,
    format: 'iife',
    target: TARGET,
    charset: 'utf8',
    legalComments: 'none',
    define: { VERSION: JSON.stringify(version) },
    plugins: [sheets],
    write: false,
  });
  return {
    'avis.js': Buffer.from(outputFiles[0].contents),
    'avis.css': Buffer.from(`${await minifiedSheet(at('src/avis.css'))}\n`),
  };
}

function describe(content) {
  return {
    octets: content.length,
    gzip: gzipSync(content, { level: 9 }).length,
    brotli: brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
    integrity: integrityOf(content),
  };
}

const integrityOf = (content) => `sha384-${createHash('sha384').update(content).digest('base64')}`;

function overBudget(described) {
  return Object.entries(BUDGET).flatMap(([name, limits]) =>
    Object.entries(limits)
      .filter(([coding, limit]) => described[name][coding] > limit)
      .map(([coding, limit]) => `${name} : ${described[name][coding]} octets en ${coding}, ${limit} au plus.`),
  );
}

async function write(version, files, described, index) {
  await mkdir(at(`releases/${version}/`), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(at(`releases/${version}/${name}`), content);
  const versions = [...index.versions.filter((entry) => entry.version !== version), { version, fichiers: described }];
  versions.sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
  await writeFile(at('releases/index.json'), `${JSON.stringify({ versions }, null, 2)}\n`);
}

/** Every published file must still be the one of the index, and the newest one what the sources give. */
async function differences(version, files, index) {
  const found = [];
  for (const entry of index.versions) {
    for (const [name, { integrity }] of Object.entries(entry.fichiers)) {
      const path = `releases/${entry.version}/${name}`;
      const committed = await readFile(at(path)).catch(() => Buffer.alloc(0));
      if (integrityOf(committed) !== integrity) found.push(`${path} n’est pas le fichier de releases/index.json.`);
      if (entry.version === version && !committed.equals(files[name])) {
        found.push(`${path} n’est pas ce que donnent les sources : npm run build.`);
      }
    }
  }
  if (!index.versions.some((entry) => entry.version === version)) {
    found.push(`La version ${version} manque dans releases/index.json : npm run build.`);
  }
  return found;
}

const { version } = await readJson('package.json');
const index = await readJson('releases/index.json').catch(() => ({ versions: [] }));
const files = await bundle(version);
const described = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, describe(content)]));
const wrong = overBudget(described);
if (process.argv.includes('--check')) wrong.push(...(await differences(version, files, index)));
else if (wrong.length === 0) await write(version, files, described, index);

for (const [name, { octets, gzip, brotli }] of Object.entries(described)) {
  console.log(`${version}/${name}: ${octets} bytes, gzip ${gzip}, brotli ${brotli}`);
}
for (const line of wrong) console.error(line);
process.exitCode = wrong.length > 0 ? 1 : 0;
