/**
 * Build the release of the version in package.json: `node build.mjs`. Once listed, a version from 1.0.0 on never changes.
 * `node build.mjs --check` builds in memory and exits 1 when the committed releases are not what sources and index say.
 */

import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';
import { minify } from 'terser';

/** Bytes on the wire above which the build fails. */
const BUDGET = { 'avis.js': { gzip: 8192, brotli: 7168 } };
const TARGET = 'es2022';

/**
 * Names of our own objects' properties, shortened. Whatever the browser, the collector or a page names alike must not
 * be among them: the tests run what is built.
 */
const OURS = [
  ...['address', 'all', 'answered', 'begin', 'complete', 'content', 'dialog', 'draw', 'element', 'emit', 'fail'],
  ...['first', 'flush', 'frame', 'framed', 'fresh', 'giveUp', 'heading', 'language', 'leave', 'link', 'load', 'note'],
  ...['panel', 'pause', 'post', 'present', 'questions', 'renew', 'retryAfter', 'settle', 'state'],
  ...['stop', 'submitted', 'touched'],
];

/** What is committed beside each file: the collector cannot make brotli, and need not compress at each start. */
const CODINGS = {
  gzip: { suffix: '.gz', compress: (content) => gzipSync(content, { level: 9 }), decompress: gunzipSync },
  brotli: {
    suffix: '.br',
    compress: (content) => brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
    decompress: brotliDecompressSync,
  },
};

const at = (path) => new URL(path, import.meta.url);
const read = (path) => readFile(at(path)).catch(() => Buffer.alloc(0));
const readJson = async (path) => JSON.parse(await readFile(at(path), 'utf8'));

async function minifiedSheet(path) {
  const { code } = await transform(await readFile(path, 'utf8'), { loader: 'css', minify: true, charset: 'utf8' });
  return code.trim().replace(/(--[a-z-]+): /g, '$1:');
}

/** Without what is for a page alone: there is neither a root nor a body in a shadow root. */
const inShadow = (css) => css.replace(/,:root[^{]*(?=\{)/g, '').replace(/(?<=\})body[^}]*\}/g, '');

/** A sheet imported from JavaScript is its minified text: no HTML sink is needed to adopt it. */
const sheets = {
  name: 'sheets',
  setup({ onLoad }) {
    onLoad({ filter: /\.css$/ }, async ({ path }) => ({
      contents: inShadow(await minifiedSheet(path)),
      loader: 'text',
    }));
  },
};

async function script(entry, version) {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(at('.')),
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'iife',
    target: TARGET,
    charset: 'utf8',
    legalComments: 'none',
    define: { VERSION: JSON.stringify(version) },
    mangleProps: new RegExp(`^(${OURS.join('|')})$`),
    plugins: [sheets],
    write: false,
  });
  // A second pass takes off three more bytes in a hundred. Functions left whole, and in one place, are packed closer.
  const { code } = await minify(outputFiles[0].text, {
    ecma: 2022,
    toplevel: true,
    compress: {
      passes: 4,
      hoist_funs: true,
      pure_getters: true,
      reduce_funcs: false,
      // Templates become sums: of ours, each holds strings and numbers alone.
      unsafe: true,
      unsafe_arrows: true,
      unsafe_methods: true,
    },
  });
  return Buffer.from(code);
}

async function bundle(version) {
  return {
    'avis.js': await script('src/avis.js', version),
    'avis.css': Buffer.from(`${await minifiedSheet(at('src/avis.css'))}\n`),
    'cadre.js': await script('src/cadre.js', version),
    'page.js': await script('src/page.js', version),
  };
}

const integrityOf = (content) => `sha384-${createHash('sha384').update(content).digest('base64')}`;

/** The line of index.json for a file and its compressed forms. */
const describe = (content, { gzip, brotli }) => ({
  octets: content.length,
  gzip: gzip.length,
  brotli: brotli.length,
  integrity: integrityOf(content),
  brotli_integrity: integrityOf(brotli),
});

const compressed = (content) => ({ gzip: CODINGS.gzip.compress(content), brotli: CODINGS.brotli.compress(content) });

function opensAs(content, packed, decompress) {
  try {
    return decompress(packed).equals(content);
  } catch {
    return false;
  }
}

/** Every listed file: where it is, what is there, and its line of the index. */
async function* published({ versions }) {
  for (const { version, fichiers } of versions) {
    for (const [name, listed] of Object.entries(fichiers)) {
      const path = `releases/${version}/${name}`;
      yield { version, name, path, listed, content: await read(path) };
    }
  }
}

function overBudget(described) {
  return Object.entries(BUDGET).flatMap(([name, limits]) =>
    Object.entries(limits)
      .filter(([coding, limit]) => described[name][coding] > limit)
      .map(([coding, limit]) => `${name} : ${described[name][coding]} octets en ${coding}, ${limit} au plus.`),
  );
}

/** Why this must not be written: it is not announced, or somebody's page carries the integrity of other bytes. */
async function refusals(current, files, index, news) {
  const found = [];
  if (!news[current]) found.push(`La version ${current} manque dans releases/nouveautes.json.`);
  for await (const { version, name, path, listed, content } of published(index)) {
    const rebuilt = version === current;
    if (rebuilt && !version.startsWith('0.') && integrityOf(files[name]) !== listed.integrity) {
      found.push(`${path} est publié et ne change plus : une autre version est à écrire dans package.json.`);
    }
    if (!rebuilt && integrityOf(content) !== listed.integrity) found.push(changed(path));
  }
  return found;
}

const changed = (path) => `${path} n’est pas le fichier de releases/index.json.`;

/** What `node build.mjs` would still write. Compressed bytes are not compared: each zlib makes its own. */
async function differences(current, files, index, news) {
  const found = [];
  for await (const { version, name, path, listed, content } of published(index)) {
    const rebuilt = version === current;
    if (rebuilt && integrityOf(content) !== listed.integrity) found.push(changed(path));
    if (rebuilt && !content.equals(files[name])) {
      found.push(`${path} n’est pas ce que donnent les sources : npm run build.`);
    }
    for (const { suffix, decompress } of Object.values(CODINGS)) {
      if (!opensAs(content, await read(path + suffix), decompress)) {
        found.push(`${path}${suffix} ne contient pas ${name} : npm run build.`);
      }
    }
  }
  if (!index.versions.some(({ version }) => version === current)) {
    found.push(`La version ${current} manque dans releases/index.json : npm run build.`);
  }
  if (JSON.stringify(await listing(index, news)) !== JSON.stringify(index)) {
    found.push('releases/index.json ne décrit pas les fichiers ou les nouveautés : npm run build.');
  }
  return found;
}

/** The index, as the committed files and releases/nouveautes.json give it. */
async function listing(index, news) {
  const lines = Object.fromEntries(index.versions.map(({ version }) => [version, {}]));
  for await (const { version, name, path, content } of published(index)) {
    const [gzip, brotli] = [await read(path + CODINGS.gzip.suffix), await read(path + CODINGS.brotli.suffix)];
    lines[version][name] = describe(content, { gzip, brotli });
  }
  const versions = index.versions.map(({ version }) => ({ version, ...news[version], fichiers: lines[version] }));
  versions.sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
  return { versions };
}

async function write(current, files, index, news) {
  await mkdir(at(`releases/${current}/`), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(at(`releases/${current}/${name}`), content);
  const others = index.versions.filter(({ version }) => version !== current);
  const all = { versions: [...others, { version: current, fichiers: files }] };
  // A compressed form that still opens as its file stays, byte for byte; older releases get theirs here too.
  for await (const { path, content } of published(all)) {
    for (const { suffix, compress, decompress } of Object.values(CODINGS)) {
      const kept = opensAs(content, await read(path + suffix), decompress);
      if (!kept) await writeFile(at(path + suffix), compress(content));
    }
  }
  await writeFile(at('releases/index.json'), `${JSON.stringify(await listing(all, news), null, 2)}\n`);
}

const { version } = await readJson('package.json');
const index = await readJson('releases/index.json').catch(() => ({ versions: [] }));
const news = await readJson('releases/nouveautes.json');
const files = await bundle(version);
const described = Object.fromEntries(
  Object.entries(files).map(([name, content]) => [name, describe(content, compressed(content))]),
);
const wrong = [...overBudget(described), ...(await refusals(version, files, index, news))];
if (process.argv.includes('--check')) wrong.push(...(await differences(version, files, index, news)));
else if (wrong.length === 0) await write(version, files, index, news);

for (const [name, { octets, gzip, brotli }] of Object.entries(described)) {
  console.log(`${version}/${name}: ${octets} bytes, gzip ${gzip}, brotli ${brotli}`);
}
for (const line of wrong) console.error(line);
process.exitCode = wrong.length > 0 ? 1 : 0;
