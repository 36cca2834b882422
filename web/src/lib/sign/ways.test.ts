import { expect, test } from 'vitest';

import { g } from '../i18n/signing';
import { hasPlugin, offered } from './ways';

const without = { demo: false, plugin: false };

test('where the server serves the plug-in, it is the first way', () => {
  const server = { demo: false, plugin: true };

  expect(offered(server, false, hasPlugin(server, {}))).toEqual(['cryptopro', 'file', 'handoff']);
  expect(g.hint('cryptopro', hasPlugin(server, {}))).toBe(g.way('cryptopro').hint);
});

test('where nobody serves the plug-in, it is the last way and says why', () => {
  expect(offered(without, false, hasPlugin(without, {}))).toEqual(['file', 'handoff', 'cryptopro']);
  expect(g.hint('cryptopro', hasPlugin(without, {}))).toBe(g.fault('plugin_not_served'));
  expect(g.hint('file', hasPlugin(without, {}))).toBe(g.way('file').hint);
});

test('a plug-in that stands in the page already needs no server', () => {
  expect(hasPlugin(without, { cadesplugin: {} })).toBe(true);
});
