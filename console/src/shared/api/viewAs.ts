/** The user as whom this tab reads, kept over a reload. Another tab reads as the person who is signed in. */
const KEY = 'portico.viewAs';

/** The header with which queries are read as the user; none if they are read as the person who is signed in. */
export function viewAsHeader(): Record<string, string> {
  const id = viewedUser();
  return id === null ? {} : { 'Portico-View-As': id };
}

/** The id of the user as whom this tab reads. */
export function viewedUser(): string | null {
  try {
    return sessionStorage.getItem(KEY);
  } catch {
    return null;
  }
}

/** Reads everything as the user from now on, beginning with the start page: nothing that was read before is shown. */
export function beginViewAs(id: string): void {
  sessionStorage.setItem(KEY, id);
  location.assign(document.baseURI);
}

/** Reads everything as the person who is signed in again. */
export function endViewAs(): void {
  sessionStorage.removeItem(KEY);
  location.assign(document.baseURI);
}

/** Forgets whom this tab reads as, for the next person who signs in. */
export function forgetViewAs(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}
