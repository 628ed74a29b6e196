import { useLingui } from '@lingui/react/macro';
import { permissionWords } from '../users/permissionWords';
import type { ListedRequest } from './requestsQuery';

/** What a request asks for, in words: the name of the account where the viewer sees it, otherwise what was written. */
export function useWanted({ kind, permission, account, contractAccount, deliveryAccount }: ListedRequest): string {
  const { t, i18n } = useLingui();
  const name = contractAccount?.name ?? deliveryAccount?.name ?? t`“${account}”`;
  if (permission) return i18n._(permissionWords[permission].name);
  return kind === 'CONTRACT_ACCOUNT' ? t`contract account ${name}` : t`delivery account ${name}`;
}
