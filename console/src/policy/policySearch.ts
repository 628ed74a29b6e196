import { oneOf, textOf } from '../shared/searchParameters';

export const tabs = ['rules', 'questions', 'playground', 'history'] as const;
export type PolicyTab = (typeof tabs)[number];

/** What the address says: the open tab, *Rules* if it names none, and the line that is pointed out. */
export interface PolicySearch {
  tab?: PolicyTab | undefined;
  line?: string | undefined;
}

export function validatePolicySearch(search: Record<string, unknown>): PolicySearch {
  const line = textOf(search['line']);
  return { tab: oneOf(tabs, search['tab']), line: line && /^[1-9]\d{0,5}$/.test(line) ? line : undefined };
}
