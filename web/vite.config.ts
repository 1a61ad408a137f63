import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** The server sends what is compressed already, so that nobody waits for it twice. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const output of Object.values(bundle)) {
          if (!/\.(js|css|html|svg)$/.test(output.fileName)) continue;
          const source = Buffer.from(output.type === 'chunk' ? output.code : output.source);
          const brotli = brotliCompressSync(source, {
            // The last steps of quality take seconds for a few hundred bytes.
            params: { [constants.BROTLI_PARAM_QUALITY]: 9 },
          });
          this.emitFile({ type: 'asset', fileName: `${output.fileName}.gz`, source: gzipSync(source) });
          this.emitFile({ type: 'asset', fileName: `${output.fileName}.br`, source: brotli });
        }
      },
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss(), compressed()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // `light-dark()` is kept as it is.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // The policy of the page allows files only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // `npm run dev` beside it answers the calls.
    proxy: { '^/(v1|i|docs|openapi.json)(/|$)': 'http://127.0.0.1:4000' },
  },
});
