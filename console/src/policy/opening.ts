import type { AccessPolicyQuery, ExplainAccessFieldsFragment, FoundResourcesFragment, NamedResourcesFragment } from '../gql/graphql';
import { ExplainAccess } from '../shared/access/explainQuery';
import { type OpenedPart, openedPart } from '../shared/api/opening';
import type { Read } from '../shared/api/operations';
import type { PolicySearch } from './policySearch';
import { FindResources, NamedResources } from './questionsQuery';

type Variables = ReturnType<typeof openingVariables>;

/** What the page reads if it opens at this address: with the policy, what the tab with the questions shows. */
export function openingVariables({ tab, search = '', about, action = 'VIEW', user }: PolicySearch) {
  const isAsking = tab === 'questions';
  const isNaming = isAsking && about !== undefined;
  return {
    isSearching: isAsking && about === undefined,
    search,
    isNaming,
    named: isNaming ? namedIds(about, user) : [],
    isExplained: isNaming && user !== undefined,
    user: user ?? '',
    action,
    on: about ?? '',
  };
}

/** What the questions are about, and the user of whom they are asked. */
export const namedIds = (about: string, user: string | undefined): string[] => (user ? [about, user] : [about]);

/** What has been read with the policy, for the parts of the questions. */
export function openingOf(variables: Variables, read: Read<AccessPolicyQuery>): OpenedPart[] {
  const { isSearching, search, isNaming, named, isExplained, user, action, on } = variables;
  const data = read.data && { ...read.data, __typename: 'Query' as const };
  return [
    ...(isSearching ? [openedPart(FindResources, { search }, { ...read, data: data as FoundResourcesFragment & typeof data })] : []),
    ...(isNaming ? [openedPart(NamedResources, { named }, { ...read, data: data as NamedResourcesFragment & typeof data })] : []),
    ...(isExplained ? [openedPart(ExplainAccess, { user, action, on }, { ...read, data: data as ExplainAccessFieldsFragment & typeof data })] : []),
  ];
}
