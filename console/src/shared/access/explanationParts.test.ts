import { describe, expect, it } from 'vitest';
import type { Condition } from './explainQuery';
import { explanationParts } from './explanationParts';

const condition = (sentence: string, holds: boolean): Condition => ({
  __typename: 'AccessCondition',
  kind: 'OTHER',
  names: [],
  sentence,
  holds,
});
const way = (...conditions: Condition[]) => ({
  __typename: 'AccessWay' as const,
  missing: conditions.filter(({ holds }) => !holds).length,
  conditions,
});
const explained = (...ways: ReturnType<typeof way>[]) => ({ __typename: 'AccessExplanation' as const, allowed: false, status: 'ACTIVE' as const, ways });
const [organization, noGrant, notAll, noAudience] = [
  condition('It belongs to their organization.', true),
  condition('They were not given it.', false),
  condition('They don’t have all.', false),
  condition('They are of an end customer.', false),
] as const;

describe('an explanation', () => {
  it('says once what is missing, and leaves out ways that lack more', () => {
    const ways = [way(organization, noGrant), way(organization, notAll), way(noGrant, noAudience), way(organization, notAll)];
    expect(explanationParts(explained(...ways))).toEqual({
      ways: [],
      missing: [[noGrant], [notAll]],
      holding: [organization],
    });
  });

  it('has the conditions of each way that allows it', () => {
    const { ways } = explanationParts(explained(way(organization), way(organization, notAll)));
    expect(ways).toEqual([[organization]]);
  });
});
