import { useSyncExternalStore } from 'react';
import { readPreference, savePreference } from './preferences';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const listeners = new Set<() => void>();
let theme: Theme = themes.find((name) => name === readPreference('theme')) ?? 'system';

/** Shows a theme, and remembers it on this device. */
export function setTheme(chosen: Theme): void {
  theme = chosen;
  savePreference('theme', chosen === 'system' ? null : chosen);
  applyTheme();
  listeners.forEach((notify) => notify());
}

/** Shows the current theme: the tokens in `tokens.css` follow `color-scheme`. */
export function applyTheme(): void {
  document.documentElement.dataset['theme'] = theme;
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme);
}

function subscribe(notify: () => void): () => void {
  listeners.add(notify);
  return () => listeners.delete(notify);
}
