import { defineConfig } from 'vite';

/** The fake plug-in as one script, for browser tests: `npm run fake`. */
export default defineConfig({
  publicDir: false,
  build: {
    outDir: 'node_modules/.fake',
    emptyOutDir: true,
    target: 'es2022',
    lib: { entry: 'src/dev/plugin.ts', formats: ['iife'], name: 'fakePluginScript', fileName: () => 'cadesplugin.js' },
  },
});
