/** Which ways of signing this server and this device have, in the order in which they are offered; each is loaded when it is taken. */
import { Problem, get, post } from '../http';
import type { Page } from './cryptopro';
import { FileProvider } from './file.svelte';
import { HandoffProvider, type HandoffNeeds } from './handoff.svelte';
import { SignError, type SignProvider, type Way } from './provider';
import type { Issued } from './soft';

/** What the server says of itself. */
export interface SigningServer {
  /** It runs with the demonstration authority. */
  demo: boolean;
  /** It serves the vendor's script of the plug-in. */
  plugin: boolean;
  /** Algorithms that it does not verify. */
  missing?: string[];
}

export interface WaysNeeds {
  server: SigningServer;
  person: string;
  now: () => number;
  handoff: HandoffNeeds;
}

/** Telephones and tablets, by their name or because nothing there can hover: the plug-in does not exist for them. */
export function isPhone(): boolean {
  return /Android|iPhone|iPad|iPod|Mobile/i.test(navigator.userAgent) || matchMedia('(pointer: coarse) and (any-hover: none)').matches;
}

/** Is the plug-in's script to be had, from the server or put into the page by a browser that knows it? */
export function hasPlugin({ plugin }: SigningServer, page: { cadesplugin?: unknown } = window): boolean {
  return plugin || page.cadesplugin !== undefined;
}

export function offered(server: SigningServer, onPhone: boolean, isPluginHere = hasPlugin(server)): Way[] {
  const first: Way[] = server.demo ? ['soft'] : [];
  if (onPhone) return [...first, 'handoff', 'file'];
  return isPluginHere ? [...first, 'cryptopro', 'file', 'handoff'] : [...first, 'file', 'handoff', 'cryptopro'];
}

export function askServer(): Promise<SigningServer> {
  return get<SigningServer>('/api/signing');
}

/** A provider of each way, made once a visit: it holds what it has found. */
export class Ways {
  #made = new Map<Way, Promise<SignProvider>>();

  constructor(private readonly needs: WaysNeeds) {}

  provider = (way: Way): Promise<SignProvider> => {
    const made = this.#made.get(way) ?? this.#make(way);
    this.#made.set(way, made);
    made.catch(() => this.#made.delete(way)); // a part of the program that did not load may load next time
    return made;
  };

  async #make(way: Way): Promise<SignProvider> {
    const { now, server, person, handoff } = this.needs;
    switch (way) {
      case 'cryptopro':
        return new (await import('./cryptopro')).CryptoproProvider({ page: () => pageWithPlugin(server), now });
      case 'file':
        return new FileProvider();
      case 'handoff':
        return new HandoffProvider(handoff);
      case 'soft':
        return softProvider(person, now);
      case 'remote_sign':
        throw new SignError('server', 'no signing centre is connected');
    }
  }
}

async function pageWithPlugin({ plugin }: SigningServer): Promise<Page> {
  const { withPlugin } = await import('./plugin');
  return withPlugin(window, plugin);
}

async function softProvider(person: string, now: () => number): Promise<SignProvider> {
  const [{ SoftProvider }, { safeOf }] = await Promise.all([import('./soft'), import('./safe')]);
  const issue = (csr: string): Promise<Issued> =>
    post<Issued>(`/api/demo/certificates?p=${encodeURIComponent(person)}`, { csr }).catch((error: unknown) => {
      throw new SignError('server', error instanceof Problem ? error.code : String(error));
    });
  return new SoftProvider({ safe: safeOf(`soft/${person}`), issue, now });
}
