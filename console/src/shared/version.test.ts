import { act, renderHook } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { announceNewVersion, dismissNewVersion, isMissingFile, useVersion, watchVersion } from './version';

const pageOf = (script: string) => new Response(`<script type="module" src="${script}"></script>`);

/** What the page shows after it has looked for a new version, which the browser makes it do. */
async function versionAfterMissingFile(): Promise<string> {
  window.dispatchEvent(new Event('vite:preloadError'));
  const { result } = renderHook(() => useVersion());
  await act(() => new Promise((resolve) => setTimeout(resolve)));
  return result.current;
}

describe('the version of the page', () => {
  beforeEach(() => {
    const script = document.createElement('script');
    script.setAttribute('src', './assets/index-1.js');
    vi.spyOn(document, 'querySelector').mockReturnValue(script);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
  watchVersion();

  it('is still current if the server names the same script, is down, or is not built', async () => {
    const same = () => Promise.resolve(pageOf('./assets/index-1.js'));
    const down = () => Promise.reject(new TypeError('Failed to fetch'));
    const notBuilt = () => Promise.resolve(new Response('Unavailable', { status: 503 }));
    for (const fetch of [same, down, notBuilt]) {
      vi.stubGlobal('fetch', fetch);
      expect(await versionAfterMissingFile()).toBe('current');
    }
  });

  it('is outdated if the server names another script', async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(pageOf('./assets/index-2.js')));
    expect(await versionAfterMissingFile()).toBe('outdated');
  });

  it('stays outdated after the person has put it off, and says so again when something else is missing', () => {
    const { result } = renderHook(() => useVersion());
    act(dismissNewVersion);
    expect(result.current).toBe('outdated, dismissed');
    act(announceNewVersion);
    expect(result.current).toBe('outdated');
  });
});

describe('isMissingFile', () => {
  it.each([
    'Failed to fetch dynamically imported module: http://x/a.js',
    'error loading dynamically imported module: http://x/a.js',
    'Importing a module script failed.',
    'Unable to preload CSS for /a.css',
  ])('knows %s', (message) => {
    expect(isMissingFile(new TypeError(message))).toBe(true);
    expect(isMissingFile(message)).toBe(false);
  });
  it('leaves other errors', () => expect(isMissingFile(new TypeError('x is undefined'))).toBe(false));
});
