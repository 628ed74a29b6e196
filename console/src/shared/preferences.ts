/** What a person chose on this device. A browser that keeps nothing (private windows, blocked storage) forgets it. */
const prefix = 'portico.';

export function readPreference(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return null;
  }
}

export function savePreference(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(prefix + name);
    else localStorage.setItem(prefix + name, value);
  } catch {
    // The choice holds until the page is closed.
  }
}
