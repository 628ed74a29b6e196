import type { AccessPreviewInput, Permission } from '../gql/graphql';
import type { ListedRequest } from './requestsQuery';

interface Accounts {
  totalCount: number;
  nodes: readonly { id: string }[];
}

export interface Requester {
  id: string;
  permissions: readonly Permission[];
  allContractAccounts: boolean;
  allDeliveryAccounts: boolean;
  contractAccounts: Accounts;
  deliveryAccounts: Accounts;
}

/** The change whose gains an approval has; null if it adds no account, or the requester has more than were read. */
export function approvalPreview(request: ListedRequest, requester: Requester, chosen: string | undefined): AccessPreviewInput | null {
  const isContract = request.kind === 'CONTRACT_ACCOUNT';
  const account = request.contractAccount?.id ?? request.deliveryAccount?.id ?? chosen;
  const { totalCount, nodes } = isContract ? requester.contractAccounts : requester.deliveryAccounts;
  const hasAll = isContract ? requester.allContractAccounts : requester.allDeliveryAccounts;
  if (request.permission || !account || hasAll || totalCount > nodes.length) return null;
  const accounts = [...new Set([...nodes.map(({ id }) => id), account])];
  return { user: requester.id, [isContract ? 'contractAccounts' : 'deliveryAccounts']: accounts };
}
