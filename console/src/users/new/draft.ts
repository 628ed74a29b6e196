import { emptyUser, type NewUser } from './newUser';

const keyOf = (viewer: string, audience: string): string => `portico-new-user-${viewer}-${audience}`;

/** What this viewer has typed in this tab before it was reloaded. There are no passwords in it. */
export function readDraft(viewer: string, audience: string): NewUser {
  try {
    const draft: unknown = JSON.parse(sessionStorage.getItem(keyOf(viewer, audience)) ?? 'null');
    return typeof draft === 'object' ? { ...emptyUser, ...draft } : emptyUser;
  } catch {
    return emptyUser;
  }
}

/** Keeps what is typed until the tab is closed, as far as the browser allows. */
export function saveDraft(viewer: string, audience: string, user: NewUser): void {
  try {
    sessionStorage.setItem(keyOf(viewer, audience), JSON.stringify(user));
  } catch {
    // Without storage, a reload begins anew.
  }
}

export function forgetDraft(viewer: string, audience: string): void {
  try {
    sessionStorage.removeItem(keyOf(viewer, audience));
  } catch {
    // Nothing is kept, either.
  }
}
