/** What a page fetches after its first load: asked for again until it comes, as a line that broke is. */

const FIRST_MS = 500;
const CEILING_MS = 5_000;

/** Never rejects: `failed` hears how often it has failed so far, and the page lives on meanwhile. */
export async function untilItComes<T>(load: () => Promise<T>, failed: (times: number) => void, pause = randomPause): Promise<T> {
  for (let times = 1; ; times += 1) {
    try {
      return await load();
    } catch {
      failed(times);
    }
    await pause(times);
  }
}

/** A hall that lost its line together does not come back in one moment. */
function randomPause(times: number): Promise<void> {
  const longest = Math.min(CEILING_MS, FIRST_MS * 2 ** times);
  return new Promise((resolve) => setTimeout(resolve, (longest * (1 + Math.random())) / 2));
}

const lost = new Set<HTMLLinkElement>();
globalThis.document?.addEventListener('error', ({ target }) => target instanceof HTMLLinkElement && target.rel === 'stylesheet' && lost.add(target), true);

/** The bundler asks for a style sheet once only; those that did not arrive are asked for again here. */
export async function lostStyles(): Promise<void> {
  const links = [...lost];
  lost.clear();
  await Promise.all(links.map(askAgain));
}

function askAgain(link: HTMLLinkElement): Promise<unknown> {
  const again = link.cloneNode() as HTMLLinkElement;
  return new Promise((resolve, reject) => {
    again.onload = resolve;
    again.onerror = reject;
    link.replaceWith(again);
  });
}
