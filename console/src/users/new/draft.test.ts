import { beforeEach, expect, test } from 'vitest';
import { forgetDraft, saveDraft } from '../../shared/drafts';
import { draftKey, draftOrEmpty, isTyped } from './draft';
import { emptyUser } from './newUser';

const key = draftKey('usr_1', 'ORGANIZATION');

beforeEach(() => sessionStorage.clear());

test('what was typed is there after a reload, for the same viewer and list', () => {
  const user = { ...emptyUser, email: 'nia@acme.example' };
  saveDraft(key, user);
  expect(draftOrEmpty(key)).toEqual(user);
  expect(draftOrEmpty(draftKey('usr_2', 'ORGANIZATION'))).toEqual(emptyUser);
  expect(draftOrEmpty(draftKey('usr_1', 'DELIVERY'))).toEqual(emptyUser);
  forgetDraft(key);
  expect(draftOrEmpty(key)).toEqual(emptyUser);
});

test('a draft that is damaged is an empty form', () => {
  sessionStorage.setItem(key, '{');
  expect(draftOrEmpty(key)).toEqual(emptyUser);
});

test('an empty form is not typed', () => {
  expect(isTyped({ ...emptyUser })).toBe(false);
  expect(isTyped({ ...emptyUser, permissions: ['SUPPORT_VIEW'] })).toBe(true);
});
