import { expect, test } from 'vitest';
import { formOf, inputOf, messagesOf } from './settingsForm';

const settings = { endNoticeDays: [14, 3], dormantAfterDays: null, dormancyWarningDays: 14 };

test('stored settings become the same input', () => {
  expect(inputOf('org_1', formOf({ __typename: 'OrganizationSettings', ...settings }))).toEqual({ organization: 'org_1', ...settings });
});

test('empty fields turn off, and what is no number is left to the server', () => {
  const input = inputOf('org_1', { announcements: ['', ' ', ''], dormantAfter: 'never', warning: '1e9' });
  expect(input).toEqual({ organization: 'org_1', endNoticeDays: [], dormantAfterDays: 0, dormancyWarningDays: 0 });
});

test('an error of an announcement stands at its field, though empty ones are not sent', () => {
  const errors = [
    { code: 'INVALID', message: 'twice', path: ['input', 'endNoticeDays', '1'] },
    { code: 'INVALID', message: 'too many', path: ['input', 'dormantAfterDays'] },
    { code: 'INVALID', message: 'no', path: ['input', 'organization'] },
  ];
  const form = { announcements: ['3', '', '3'], dormantAfter: '9999', warning: '14' };
  expect(messagesOf(errors, form)).toEqual({ 'endNoticeDays.2': ['twice'], dormantAfterDays: ['too many'], '': ['no'] });
});
