import { readDraft } from '../../shared/drafts';
import { emptyUser, type NewUser } from './newUser';

/** The key of what this viewer types for a new user. There are no passwords in it. */
export const draftKey = (viewer: string, audience: string): string => `portico-new-user-${viewer}-${audience}`;

/** What has been typed for a new user before the page was reloaded. */
export function draftOrEmpty(key: string): NewUser {
  const draft = readDraft(key);
  return typeof draft === 'object' ? { ...emptyUser, ...draft } : emptyUser;
}

/** Whether something has been typed or chosen. */
export function isTyped(user: NewUser): boolean {
  return (Object.keys(emptyUser) as (keyof NewUser)[]).some((field) => JSON.stringify(user[field]) !== JSON.stringify(emptyUser[field]));
}
