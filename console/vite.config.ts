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
      for (const file of files.filter((file) => file.isFile() && /\.(html|js|mjs|css)$/.test(file.name))) {
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

export default defineConfig({
  plugins: [phrases(), svelte(), packed()],
  build: {
    target: 'es2023',
    // Nothing is put into the page itself: the policy of the node forbids data URLs for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
  },
});
