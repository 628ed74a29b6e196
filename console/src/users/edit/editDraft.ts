import { readDraft } from '../../shared/drafts';
import type { StoredUser } from './readUser';
import { differences, type UserForm } from './userForm';

/** What has been typed about a user, and of which version of them. */
export interface EditDraft {
  version: number;
  base: UserForm;
  form: UserForm;
}

/** The key of what this viewer changes of a user. There are no passwords in it. */
export const editDraftKey = (viewer: string, user: string): string => `portico-edit-user-${viewer}-${user}`;

/** Where the form of a user begins: `theirs` is what somebody else has saved since it was typed. */
export interface EditStart {
  base: StoredUser;
  form: UserForm;
  theirs: StoredUser | null;
}

/** Goes on with what was typed before the page was reloaded, if anything was. */
export function startOf(key: string, stored: StoredUser): EditStart {
  const draft = readDraft(key);
  if (!isDraft(draft)) return { base: stored, form: stored.form, theirs: null };
  const base = { ...stored.form, ...draft.base };
  const form = { ...stored.form, ...draft.form };
  if (differences(base, stored.form).length === 0) return { base: stored, form, theirs: null };
  return { base: { ...stored, version: draft.version, form: base }, form, theirs: stored };
}

function isDraft(draft: unknown): draft is EditDraft {
  return typeof draft === 'object' && draft !== null && 'version' in draft && 'base' in draft && 'form' in draft;
}
