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
    forgetLostStyles();
  }
}

/** A hall that lost its line together does not come back in one moment. */
function randomPause(times: number): Promise<void> {
  const longest = Math.min(CEILING_MS, FIRST_MS * 2 ** times);
  return new Promise((resolve) => setTimeout(resolve, (longest * (1 + Math.random())) / 2));
}

/** A style sheet that did not arrive counts as here and would not be asked for again. */
function forgetLostStyles(): void {
  const sheets = globalThis.document?.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]') ?? [];
  for (const link of sheets) if (isLost(link)) link.remove();
}

/** Chromium gives a sheet that failed, with rules that nobody may read. */
function isLost({ sheet }: HTMLLinkElement): boolean {
  try {
    return !sheet?.cssRules;
  } catch {
    return true;
  }
}
