import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const PAGES = ['index', 'in', 'room', 'console', 'desk', 'screen', 'new'];

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../app/web_dist',
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    assetsInlineLimit: 0, // the content security policy allows no data: fonts
    rollupOptions: { input: PAGES.map((page) => `${page}.html`) },
  },
  server: { host: '127.0.0.1' },
  test: { include: ['src/**/*.test.ts'] },
});
