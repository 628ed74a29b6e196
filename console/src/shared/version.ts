import { useSyncExternalStore } from 'react';

/** How long a tab was out of sight before it looks for a new version, in milliseconds. */
const AWAY = 10 * 60_000;

type State = 'current' | 'outdated' | 'outdated, dismissed';

let state: State = 'current';
const listeners = new Set<() => void>();

/** Whether the server has another version than this page, and whether the person knows and goes on. */
export function useVersion(): State {
  return useSyncExternalStore(subscribe, () => state);
}

/** Says that the server has another version than this page. Nothing is reloaded: the person may be typing. */
export function announceNewVersion(): void {
  change('outdated');
}

/** The person goes on with this version, until something else of it is missing. */
export function dismissNewVersion(): void {
  change('outdated, dismissed');
}

/** Whether an error means that a file of the page could not be loaded. The texts are those of Chrome, Firefox and
 *  Safari. */
export function isMissingFile(error: unknown): boolean {
  const texts = /dynamically imported module|Importing a module script failed|Unable to preload CSS/i;
  return error instanceof Error && texts.test(error.message);
}

/** Asks again for the style sheets that could not be loaded: the build's own loader asks for each only once. */
export async function loadStylesAgain(): Promise<void> {
  const failed = [...document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')].filter(({ sheet }) => sheet === null);
  const loads = failed.map(async (link) => {
    const again = link.cloneNode() as HTMLLinkElement;
    const isDone = new Promise((resolve, reject) => {
      again.addEventListener('load', resolve);
      again.addEventListener('error', () => reject(new Error(`Unable to preload CSS for ${again.href}`)));
    });
    link.replaceWith(again);
    await isDone;
  });
  await Promise.all(loads);
}

/** Looks for a new version when a file can't be loaded, and when a person comes back to the tab. */
export function watchVersion(): void {
  let hiddenSince = Infinity;
  window.addEventListener('vite:preloadError', () => void checkVersion());
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) hiddenSince = Date.now();
    else if (Date.now() - hiddenSince > AWAY) void checkVersion();
  });
}

/** Asks the server for its page, and compares the script that it names with the one that runs here. */
export async function checkVersion(): Promise<void> {
  const running = document.querySelector('script[type="module"][src]')?.getAttribute('src');
  if (!running) return;
  const page = await fetch(document.baseURI, { cache: 'no-store' })
    .then((response) => (response.ok ? response.text() : null))
    .catch(() => null);
  if (page !== null && !page.includes(running)) announceNewVersion();
}

function change(to: State): void {
  state = to;
  listeners.forEach((notify) => notify());
}

function subscribe(notify: () => void): () => void {
  listeners.add(notify);
  return () => listeners.delete(notify);
}
