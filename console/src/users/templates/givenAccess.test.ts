import { expect, test } from 'vitest';
import { givenInput, nothingGiven } from './givenAccess';

const template = { id: 'atp_1', name: 'Helpdesk', audience: 'ORGANIZATION' as const };

test('a template is sent instead of permissions and accounts', () => {
  const given = { ...nothingGiven, permissions: ['SUPPORT_VIEW' as const], template };
  expect(givenInput('ORGANIZATION', given)).toEqual({ template: 'atp_1' });
});

test('a template for others is not sent', () => {
  const given = { ...nothingGiven, permissions: ['SUPPORT_VIEW' as const], template };
  expect(givenInput('DELIVERY', given)).toMatchObject({ audience: 'DELIVERY', permissions: ['SUPPORT_VIEW'] });
  expect(givenInput('DELIVERY', given)).not.toHaveProperty('template');
});
