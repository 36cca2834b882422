import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** What the room shares with other pages: not the staff's texts and forms, nor what signs. */
const OF_THE_ROOM = /node_modules\/(?!uqr|pkijs|asn1js|bytestreamjs|@peculiar|@noble)|src\/lib\/(?!sign\/|i18n\/(\w+_staff|signing|verdicts)|meeting\/(imports|briefcase|instructions)|live\/transport_http|ui\/(Act|acts|Field|File|Phones|Qr|Toast))/;
const PAGES = ['index', 'in', 'room', 'console', 'desk', 'screen', 'new', 'sign'];

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../app/web_dist',
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    modulePreload: { polyfill: false }, // a browser that knows no preload fetches the same files a little later
    assetsInlineLimit: 0, // the content security policy allows no data: fonts
    rolldownOptions: {
      input: PAGES.map((page) => `${page}.html`),
      // What most pages share comes in one file: over a slow line each request costs a round trip.
      output: { codeSplitting: { groups: [{ name: 'kit', test: OF_THE_ROOM, minShareCount: 2 }] } },
    },
  },
  server: { host: '127.0.0.1' },
  test: { include: ['src/**/*.test.ts'], testTimeout: 30_000 },
});
