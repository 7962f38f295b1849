import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readFile, readdir, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

/** What the node embeds lies packed: smaller in the binary, and sent as it is. */
function packed(): Plugin {
  return {
    name: 'packed',
    apply: 'build',
    async closeBundle() {
      const files = await readdir('dist', { recursive: true, withFileTypes: true });
      for (const file of files.filter((file) => file.isFile() && /\.(html|js|mjs|css|txt)$/.test(file.name))) {
        const path = join(file.parentPath, file.name);
        await writeFile(`${path}.gz`, gzipSync(await readFile(path), { level: 9 }));
        await unlink(path);
      }
    },
  };
}

/** The fallback sheet is the command line's: its texts are not sent to every browser. Nor is what is said to authors. */
function phrases(): Plugin {
  const isSaid = (line: string): boolean => line !== '' && !/^(#|card-(?!exercise|live))/.test(line);
  return {
    name: 'phrases',
    enforce: 'pre',
    async load(id) {
      if (!id.endsWith('.ftl?raw')) return undefined;
      const text = await readFile(id.slice(0, -'?raw'.length), 'utf8');
      return `export default ${JSON.stringify(text.split('\n').filter(isSaid).join('\n'))}`;
    },
  };
}

/** What others wrote goes out with their terms: served at /licences.txt, out of the binary like the rest. */
function licences(): Plugin {
  return {
    name: 'licences',
    apply: 'build',
    async generateBundle() {
      const { dependencies } = JSON.parse(await readFile('package.json', 'utf8')) as { dependencies: Record<string, string> };
      const texts = Object.keys(dependencies).map(async (name) => {
        const folder = join('node_modules', name);
        const file = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
        const { license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { license: string };
        const text = file ? await readFile(join(folder, file), 'utf8') : 'The package holds no text of it.';
        return `${name} (${license})\n\n${text}`;
      });
      const map = await readFile('../crates/node/data/NOTICE.md', 'utf8');
      const source = [...(await Promise.all(texts)), map].join(`\n\n${'-'.repeat(80)}\n\n`);
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source });
    },
  };
}

/** The package of the symbols names all of them at once, a megabyte: its parts lie here. */
export const PARTS = { 'milsymbol-parts': join(import.meta.dirname, 'node_modules/milsymbol/index.mjs') };

interface Chunking {
  getModuleInfo(id: string): { isEntry: boolean; importers: readonly string[] } | null;
}

/** What the page loads at once is one file, and not as many as later parts share with it: each packs worse by itself. */
function ofShell(id: string, chunking: Chunking): string | null {
  const seen = new Set([id]);
  for (const of of seen) {
    const info = chunking.getModuleInfo(of);
    if (info?.isEntry) return 'shell';
    for (const importer of info?.importers ?? []) seen.add(importer);
  }
  return null;
}

/** `--mode unit` makes the page of a unit's telephone, `--mode wall` that of a wall, beside the console: none loads anything of another's. */
const BESIDE = ['unit', 'wall'];

export default defineConfig(({ mode }) => ({
  plugins: [phrases(), svelte(), licences(), packed()],
  resolve: { alias: PARTS },
  build: {
    target: 'es2023',
    // Nothing is put into the page itself: the policy of the node forbids data URLs for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    assetsDir: BESIDE.includes(mode) ? `assets/${mode}` : 'assets',
    emptyOutDir: !BESIDE.includes(mode),
    copyPublicDir: !BESIDE.includes(mode),
    rolldownOptions: {
      input: BESIDE.includes(mode) ? `${mode}.html` : 'index.html',
      output: BESIDE.includes(mode) ? {} : { codeSplitting: { groups: [{ name: (id, chunking) => ofShell(id, chunking) }] } },
    },
  },
}));
