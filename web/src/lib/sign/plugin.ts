/** The vendor's script of the plug-in, brought into the page when the way is taken, under a policy that lets nothing else in. */
import type { Page } from './cryptopro';
import { SignError } from './provider';

export const SCRIPT = '/plugin/cadesplugin_api.js';
/** The script adds one of the extension: these two are all it may bring. */
const OF_EXTENSION = /^(chrome|moz|safari|safari-web)-extension:\/\/[A-Za-z0-9/_.-]+\/nmcades_plugin_api\.js$/;
/** How it finds out an Internet Explorer of before 2011. */
const PROBE = '<!--[if lt IE 9]><i></i><![endif]-->';
const LOAD_MS = 9_000;

interface TrustedTypes {
  createPolicy(name: string, rules: Record<string, (text: string) => string>): unknown;
}

/** The page with `cadesplugin` in it. Throws SignError `plugin_not_served`. */
export async function withPlugin(page: Window & { trustedTypes?: TrustedTypes }, isServed: boolean): Promise<Page> {
  if (!page.cadesplugin && isServed) await load(page);
  if (!page.cadesplugin) throw new SignError('plugin_not_served');
  return page as Page & Window;
}

async function load(page: Window & { trustedTypes?: TrustedTypes }): Promise<void> {
  page.cadesplugin_load_timeout = LOAD_MS;
  page.cadesplugin_skip_extension_install = true; // what is missing we say ourselves
  allowOnly(page);
  const script = page.document.createElement('script');
  script.src = SCRIPT;
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new SignError('plugin_not_served'));
    page.document.head.append(script);
  });
}

let isAllowed = false;

/** The default policy of trusted types is asked for what the vendor's script writes as plain text. */
function allowOnly(page: { trustedTypes?: TrustedTypes }): void {
  if (isAllowed || !page.trustedTypes) return;
  isAllowed = true;
  page.trustedTypes.createPolicy('default', {
    createScriptURL: (url) => only(url, url === SCRIPT || OF_EXTENSION.test(url)),
    createHTML: (html) => only(html, html === PROBE),
  });
}

function only(text: string, isGood: boolean): string {
  if (!isGood) throw new TypeError('not for this page');
  return text;
}
