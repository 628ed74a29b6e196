import { beforeEach, expect, test } from 'vitest';
import { forgetDraft, readDraft, saveDraft } from './draft';
import { emptyUser } from './newUser';

beforeEach(() => sessionStorage.clear());

test('what was typed is there after a reload, for the same viewer and list', () => {
  const user = { ...emptyUser, email: 'nia@acme.example' };
  saveDraft('usr_1', 'ORGANIZATION', user);
  expect(readDraft('usr_1', 'ORGANIZATION')).toEqual(user);
  expect(readDraft('usr_2', 'ORGANIZATION')).toEqual(emptyUser);
  expect(readDraft('usr_1', 'DELIVERY')).toEqual(emptyUser);
  forgetDraft('usr_1', 'ORGANIZATION');
  expect(readDraft('usr_1', 'ORGANIZATION')).toEqual(emptyUser);
});

test('a draft that is damaged is an empty form', () => {
  sessionStorage.setItem('portico-new-user-usr_1-DELIVERY', '{');
  expect(readDraft('usr_1', 'DELIVERY')).toEqual(emptyUser);
});
