import { expect, test } from 'vitest';
import { differ, emptyTemplate, templateInput } from './templateForm';

const south = { id: 'ca_1', name: 'ACME South' };
const east = { id: 'ca_2', name: 'ACME East' };
const form = { ...emptyTemplate('ORGANIZATION'), name: 'Helpdesk', contractAccounts: [south, east] };

test('a template has no ends', () => {
  const input = templateInput({ ...form, name: ' Helpdesk ', ends: { ca_1: '2090-01-01T00:00:00Z' } });
  expect(input).toMatchObject({ name: 'Helpdesk', contractAccounts: ['ca_1', 'ca_2'] });
  expect(input).not.toHaveProperty('accountEnds');
});

test('the order of lists makes no difference', () => {
  expect(differ(form, { ...form, contractAccounts: [east, south] })).toBe(false);
  expect(differ(form, { ...form, contractAccounts: [east] })).toBe(true);
});
