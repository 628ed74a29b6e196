import type { Audience } from '../../gql/graphql';
import { oneOf } from '../../shared/searchParameters';

export const audiences = ['ORGANIZATION', 'DELIVERY'] as const satisfies readonly Audience[];

/** What the address of the page says. */
export interface InviteSearch {
  audience?: Audience | undefined;
}

export function validateInviteSearch(search: Record<string, unknown>): InviteSearch {
  return { audience: oneOf(audiences, search['audience']) };
}
