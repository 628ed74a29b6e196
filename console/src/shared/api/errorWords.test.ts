import { i18n } from '@lingui/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { errorText, errorTexts } from './errorWords';

beforeEach(() => {
  i18n.load({ en: {}, xx: {} });
  i18n.activate('xx');
});

afterEach(() => i18n.activate('en'));

test('in English, the message of the server is shown', () => {
  i18n.activate('en');
  expect(errorText({ code: 'EMAIL_TAKEN', message: 'Taken.' })).toBe('Taken.');
});

test('in another language, the sentence of the code is shown, or that of the place', () => {
  const refused = { code: 'CREDENTIALS_INVALID', message: 'No.' };
  expect(errorText(refused)).toBe('Incorrect email or password.');
  expect(errorText({ ...refused, path: ['input', 'currentPassword'] })).toBe('This is not your current password.');
  expect(errorText({ code: 'INVALID', message: 'No.', path: ['input', 'emails', '17'] })).toBe('This is not an email address.');
});

test('a page has words for its own fields', () => {
  const refused = { code: 'INVALID', message: 'No.', path: ['input', 'accounts', '3', 'name'] };
  const own = { 'INVALID accounts.0.name': { id: 'own', message: 'This name is too long.' } };
  expect(errorText(refused, own)).toBe('This name is too long.');
  expect(errorText(refused)).toBe('No.');
});

test('what only the server can say stays in English', () => {
  expect(errorText({ code: 'INVALID', message: 'Too many lines.', path: ['input', 'emails'] })).toBe('Too many lines.');
  expect(errorText({ code: 'NEWER_CODE', message: 'Something new.' })).toBe('Something new.');
});

test('what several errors mean is said once', () => {
  const taken = { code: 'EMAIL_TAKEN', message: 'Taken.' };
  expect(errorTexts([taken, { ...taken, message: 'Taken, too.' }])).toEqual(['A user with this email address already exists.']);
});
