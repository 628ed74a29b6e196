import { expect, test } from 'vitest';
import { enteredMoment, momentOf } from './moment';

test('an address holds an instant, whatever the time zone of who opens it', () => {
  expect(momentOf('2026-01-31T12:00:00Z')).toBe('2026-01-31T12:00:00Z');
  expect(momentOf('2026-01-31T12:00:00.123456Z')).toBe('2026-01-31T12:00:00.123456Z');
});

test('what is no instant is ignored', () => {
  for (const text of ['', 'yesterday', '2026-01-31', '2026-01-31T12:00', '2026-13-31T12:00:00Z', '2026-01-31T12:00:00+01:00']) {
    expect(momentOf(text)).toBeUndefined();
  }
});

test('a time is entered as the clock of the browser shows it', () => {
  const now = new Date(2026, 0, 31, 12, 0, 30);
  const entered = enteredMoment('2026-01-31T12:00', now);
  expect(entered).toEqual({ moment: new Date(2026, 0, 31, 12).toISOString().replace('.000Z', 'Z') });
  expect('moment' in entered && momentOf(entered.moment)).toBe('moment' in entered && entered.moment);
});

test('a time to come is refused, and one that is incomplete', () => {
  const now = new Date(2026, 0, 31, 12, 0, 30);
  expect(enteredMoment('2026-01-31T12:01', now)).toEqual({ fault: 'future' });
  expect(enteredMoment('', now)).toEqual({ fault: 'incomplete' });
});
