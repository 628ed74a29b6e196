import { describe, expect, it } from 'vitest';
import { activityFilter, validateActivitySearch } from './activitySearch';

const ADA = 'usr_01941f29-7c00-7ce3-a391-f971aea65062';

describe('the address of the activity', () => {
  it('ignores what is malformed', () => {
    expect(validateActivitySearch({ who: 'ada', whom: ADA, what: ['USER_UPDATED', 'NONE'], from: '2026-13-01', to: '31 May' })).toEqual({
      who: undefined,
      whom: ADA,
      what: ['USER_UPDATED'],
      from: undefined,
      to: undefined,
      after: undefined,
      before: undefined,
    });
  });

  it('includes the whole of the last day', () => {
    const { since, until } = activityFilter({ from: '2026-01-31', to: '2026-01-31' });
    expect(since).toBe(new Date(2026, 0, 31).toISOString());
    expect(until).toBe(new Date(2026, 1, 1).toISOString());
  });

  it('has no conditions by default', () => {
    expect(activityFilter({})).toEqual({});
  });
});
