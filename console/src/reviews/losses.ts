import type { AccessPreviewInput, Permission } from '../gql/graphql';
import type { Entry } from './reviewsQuery';

export interface UserLosses {
  email: string;
  /** The id of the user; undefined if the viewer doesn't see them any more. */
  user: string | undefined;
  entries: Entry[];
}

/** The entries that are to be taken away, by user. */
export function lossesByUser(entries: readonly Entry[]): UserLosses[] {
  const users = new Map<string, UserLosses>();
  for (const entry of entries) {
    const known = users.get(entry.userEmail) ?? { email: entry.userEmail, user: entry.user?.id, entries: [] };
    known.entries.push(entry);
    users.set(entry.userEmail, known);
  }
  return [...users.values()];
}

/** The change of a user's access that takes away what the entries record. */
export function withdrawal(entries: readonly Entry[]): AccessPreviewInput {
  const has = (kind: Entry['kind']) => entries.some((entry) => entry.kind === kind);
  return {
    withoutPermissions: entries.filter(({ kind }) => kind === 'PERMISSION').map(({ name }) => name as Permission),
    withoutAccounts: entries.flatMap(({ accountId }) => accountId ?? []),
    ...(has('ALL_CONTRACT_ACCOUNTS') && { allContractAccounts: false }),
    ...(has('ALL_DELIVERY_ACCOUNTS') && { allDeliveryAccounts: false }),
  };
}
