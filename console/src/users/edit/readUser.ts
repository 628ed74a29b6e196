import type { Client } from 'urql';
import type { EditedUserQuery, FormOfEditedUserFragment, Permission } from '../../gql/graphql';
import { sendable } from '../../shared/api/document';
import { type Problem, problemOf } from '../../shared/api/problem';
import { nothingSearched } from '../access/AccessFormOpening';
import { EditedUser } from './editQueries';
import type { UserForm } from './userForm';

type ReadUser = Extract<EditedUserQuery['node'], { __typename: 'User' }>;

/** A user at one version. */
export interface StoredUser {
  id: string;
  version: number;
  displayName: string;
  mayUpdate: boolean;
  form: UserForm;
  /** The names of all permissions. */
  permissionNames: { permission: Permission; name: string }[];
  /** What the form opens with; null if it is open already. */
  opening: UserFormOpening | null;
}

export type UserFormOpening = FormOfEditedUserFragment;

export type Outcome = { user: StoredUser | null; problem: null } | { user: null; problem: Problem };

/** Reads a user with all of their accounts, because `updateUser` replaces whole lists; `user` is null if there is none
 *  that the viewer sees. `isOpening` is whether their form is about to open, and `mayUpdate` whether the viewer is known
 *  to be allowed to update them. */
export async function readUser(client: Client, id: string, { isOpening = false, mayUpdate = false } = {}): Promise<Outcome> {
  let opening: UserFormOpening | null = null;
  const contract: ReadUser['contractAccounts']['nodes'] = [];
  const delivery: ReadUser['deliveryAccounts']['nodes'] = [];
  let after: { contractAfter?: string | null; deliveryAfter?: string | null } = {};
  for (;;) {
    const result = await client
      .query(
        sendable(EditedUser),
        { id, ...after, ...nothingSearched, templateSearch: '', isOpening: isOpening && !opening, mayUpdate },
        { requestPolicy: 'network-only' },
      )
      .toPromise();
    if (result.error) return { user: null, problem: problemOf(result.error) };
    const user = result.data?.node?.__typename === 'User' ? result.data.node : null;
    if (!user) return { user: null, problem: null };
    if (isOpening) opening ??= openingOf(result.data);
    const { contractAccounts, deliveryAccounts } = user;
    contract.push(...contractAccounts.nodes);
    delivery.push(...deliveryAccounts.nodes);
    if (!contractAccounts.pageInfo.hasNextPage && !deliveryAccounts.pageInfo.hasNextPage) {
      return { user: storedUser(user, contract, delivery, result.data?.permissions ?? [], opening), problem: null };
    }
    // After the last account of a list come none, so that the list that is complete stays as it is.
    after = {
      contractAfter: contractAccounts.pageInfo.endCursor ?? after.contractAfter ?? null,
      deliveryAfter: deliveryAccounts.pageInfo.endCursor ?? after.deliveryAfter ?? null,
    };
  }
}

function openingOf(data: EditedUserQuery | undefined): UserFormOpening | null {
  return (data as UserFormOpening | undefined) ?? null;
}

function storedUser(
  user: ReadUser,
  contractAccounts: UserForm['contractAccounts'],
  deliveryAccounts: UserForm['deliveryAccounts'],
  permissionNames: StoredUser['permissionNames'],
  opening: StoredUser['opening'],
): StoredUser {
  const { id, version, displayName, viewerCan, kind, audience, template, permissions, allContractAccounts, allDeliveryAccounts } = user;
  const ends = [
    ...user.permissionEnds.map(({ permission, endsAt }) => [permission, endsAt] as const),
    ...user.accountEnds.map(({ account, endsAt }) => [account, endsAt] as const),
  ];
  const form: UserForm = {
    kind,
    firstName: user.firstName ?? '',
    lastName: user.lastName ?? '',
    phone: user.phone ?? '',
    country: user.country ?? '',
    audience,
    template,
    permissions,
    allContractAccounts,
    contractAccounts,
    allDeliveryAccounts,
    deliveryAccounts,
    ends: Object.fromEntries(ends),
  };
  return { id, version, displayName, mayUpdate: viewerCan.includes('UPDATE'), form, permissionNames, opening };
}
