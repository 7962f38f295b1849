import { readdirSync } from 'node:fs';
import { defineConfig } from 'vite';
import { PARTS } from './vite.config.ts';

/** The tests are TypeScript, which Node 20 does not read: they are translated first, one file each. */
const named = (folder: string): [string, string][] =>
  readdirSync(`tests/${folder}`)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => [`${folder}/${name.slice(0, -3)}`, `tests/${folder}/${name}`]);

export default defineConfig({
  resolve: { alias: PARTS },
  // The entry of the first for Node names no exports; of the second parts are taken.
  ssr: { noExternal: ['mgrs', /milsymbol/] },
  build: {
    ssr: true,
    outDir: 'built',
    target: 'node20',
    copyPublicDir: false,
    rollupOptions: {
      input: Object.fromEntries([...named('unit'), ...named('browser'), ...named('pictures')]),
      output: { entryFileNames: '[name].mjs' },
    },
  },
});
