import { i18n } from '@lingui/core';
import { expect, it } from 'vitest';
import { reasonWords } from './reasonSearch';
import { givenWords, reasonTexts } from './reasonWords';

const inPage = (name: string) => {
  const condition = { __typename: 'AccessReasonCondition', kind: 'PERMISSION', name, holds: true } as const;
  return reasonTexts({ kind: 'PERMISSION', why: '', reasons: [{ __typename: 'AccessReason', kind: 'POLICY', conditions: [condition] }] }).join(' ');
};

it('asks for nothing without words', () => {
  expect(reasonWords(undefined)).toBeUndefined();
  expect(reasonWords('  ')).toBeUndefined();
});

it('says in which sentences of the page a word occurs', () => {
  const [billing] = reasonWords('Billing') ?? [];
  expect(billing?.conditions).toEqual([
    { kind: 'PERMISSION', name: 'BILLING_VIEW', holds: true },
    { kind: 'PERMISSION', name: 'BILLING_VIEW', holds: false },
  ]);
  expect(inPage('BILLING_VIEW')).toContain('Billing');
  const [activate, removed] = reasonWords('ACTIVATE rémoved') ?? [];
  expect(activate?.reasons).toEqual(['GIVEN_BEFORE_ACTIVATION']);
  expect(removed?.reasons).toEqual(['GIVEN_BEFORE_REMOVAL']);
  expect(reasonWords('permission')?.[0]?.kinds).toEqual(['NOTHING']);
});

it('never sends more than the server takes', () => {
  expect(reasonWords('e '.repeat(100))).toHaveLength(20);
  expect(reasonWords('e')?.[0]?.conditions?.length).toBeLessThanOrEqual(50);
});

it('asks in the language of the page', () => {
  i18n.load('de', { [givenWords.GIVEN.id]: 'Es wurde ihnen gegeben.' });
  i18n.activate('de');
  expect(reasonWords('gegeben')?.[0]?.reasons).toEqual(['GIVEN']);
  i18n.activate('en');
  expect(reasonWords('gegeben')?.[0]?.reasons).toEqual([]);
});
