import type { AccessPreviewInput } from '../gql/graphql';
import type { ListedRequest } from './requestsQuery';

/** The change that an approval makes; null while it is unclear which account is meant, or if the requester isn't visible.
 *  `chosen` is the account that the admin means. */
export function approvalPreview(request: ListedRequest, chosen: string | undefined): AccessPreviewInput | null {
  const { requester, permission } = request;
  const account = request.contractAccount?.id ?? request.deliveryAccount?.id ?? chosen;
  if (!requester || !(permission ?? account)) return null;
  return { user: requester.id, ...(permission && { withPermissions: [permission] }), ...(account && { withAccounts: [account] }) };
}
