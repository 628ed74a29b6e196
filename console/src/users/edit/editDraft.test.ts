import { beforeEach, expect, test } from 'vitest';
import { saveDraft } from '../../shared/drafts';
import { nothingGiven } from '../templates/givenAccess';
import { editDraftKey, startOf } from './editDraft';
import type { StoredUser } from './readUser';

const stored: StoredUser = {
  id: 'usr_2',
  version: 7,
  displayName: 'Sue Schäfer',
  mayUpdate: true,
  form: { ...nothingGiven, kind: 'PERSONAL', audience: 'ORGANIZATION', firstName: 'Sue', lastName: 'Schäfer', phone: '', country: 'NL' },
  permissionNames: [],
  opening: null,
};
const key = editDraftKey('usr_1', stored.id);
const typed = { ...stored.form, firstName: 'Susan' };

beforeEach(() => sessionStorage.clear());

test('without a draft, the form begins with what is stored', () => {
  expect(startOf(key, stored)).toEqual({ base: stored, form: stored.form, theirs: null });
  sessionStorage.setItem(key, '{');
  expect(startOf(key, stored).form).toBe(stored.form);
});

test('what was typed goes on after a reload', () => {
  saveDraft(key, { version: 7, base: stored.form, form: typed });
  expect(startOf(key, stored)).toEqual({ base: stored, form: typed, theirs: null });
  expect(startOf(key, { ...stored, version: 8 }).base.version).toBe(8);
  expect(startOf(editDraftKey('usr_3', stored.id), stored).form).toBe(stored.form);
});

test('what somebody else has saved in the meantime is shown beside it', () => {
  saveDraft(key, { version: 7, base: stored.form, form: typed });
  const theirs = { ...stored, version: 8, form: { ...stored.form, lastName: 'Summer' } };
  expect(startOf(key, theirs)).toEqual({ base: stored, form: typed, theirs });
});
