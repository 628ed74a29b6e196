import { type AskedAction, askedAction } from '../shared/access/askedAccess';
import { oneOf, textOf } from '../shared/searchParameters';

export const tabs = ['rules', 'questions', 'playground', 'history'] as const;
export type PolicyTab = (typeof tabs)[number];

/** What the address says: the open tab, *Rules* if it names none, and what it shows. */
export interface PolicySearch {
  tab?: PolicyTab | undefined;
  /** The line that is pointed out. */
  line?: string | undefined;
  /** What is searched for, to ask about. */
  search?: string | undefined;
  /** The id of what is asked about. */
  about?: string | undefined;
  /** What may be done with it, unless that is to see it. */
  action?: AskedAction | undefined;
  /** The id of the user of whom it is asked why. */
  user?: string | undefined;
}

export function validatePolicySearch(search: Record<string, unknown>): PolicySearch {
  const line = textOf(search['line']);
  const action = askedAction(search['action']);
  return {
    tab: oneOf(tabs, search['tab']),
    line: line && /^[1-9]\d{0,5}$/.test(line) ? line : undefined,
    search: textOf(search['search'])?.slice(0, 200),
    about: textOf(search['about'])?.slice(0, 100),
    action: action === 'VIEW' ? undefined : action,
    user: textOf(search['user'])?.slice(0, 100),
  };
}
