import { Trans, useLingui } from '@lingui/react/macro';
import { permissionWords } from '../permissionWords';
import { permissions } from '../usersSearch';
import type { CardUser } from './cardQuery';
import styles from './UserCardPage.module.css';

/** What they may do and see, as far as the viewer sees it. */
export function AccessTab({ user }: { user: CardUser }) {
  const { i18n } = useLingui();
  const ends = new Map<string, string>([
    ...user.permissionEnds.map(({ permission, endsAt }) => [permission, endsAt] as const),
    ...user.accountEnds.map(({ account, endsAt }) => [account, endsAt] as const),
  ]);
  const accounts = ({ nodes }: { nodes: readonly { id: string; name: string }[] }) =>
    nodes.map(({ id, name }) => ({ name, end: ends.get(id) }));
  const has = permissions.filter((permission) => user.permissions.includes(permission));
  return (
    <>
      <dl className={styles['facts']}>
        <dt>
          <Trans>Permissions</Trans>
        </dt>
        <dd>
          <Grants grants={has.map((permission) => ({ name: i18n._(permissionWords[permission].name), end: ends.get(permission) }))} />
        </dd>
        <dt>
          <Trans>Contract accounts</Trans>
        </dt>
        <dd>
          {user.allContractAccounts ? (
            <Trans>All</Trans>
          ) : (
            <Grants grants={accounts(user.contractAccounts)} count={user.contractAccounts.totalCount} />
          )}
        </dd>
        <dt>
          <Trans>Delivery accounts</Trans>
        </dt>
        <dd>
          {user.allDeliveryAccounts ? (
            <Trans>All</Trans>
          ) : user.audience === 'ORGANIZATION' && user.deliveryAccounts.totalCount === 0 ? (
            <Trans>Those that their contract accounts deliver to</Trans>
          ) : (
            <Grants grants={accounts(user.deliveryAccounts)} count={user.deliveryAccounts.totalCount} />
          )}
        </dd>
      </dl>
      {user.mayHaveMoreAccounts && (
        <p className={styles['note']}>
          <Trans>There may be more: of other users, you see the accounts that you have yourself.</Trans>
        </p>
      )}
    </>
  );
}

interface GrantsProps {
  grants: readonly { name: string; end: string | undefined }[];
  count?: number;
}

/** Permissions or accounts, each with its end. */
export function Grants({ grants, count = grants.length }: GrantsProps) {
  const { i18n } = useLingui();
  const others = count - grants.length;
  if (count === 0) return <Trans>None that you can see</Trans>;
  return (
    <ul className={styles['names']}>
      {grants.map(({ name, end }, place) => (
        // Two accounts may have the same name.
        <li key={place}>
          {end ? (
            <Trans>
              {name}, until {i18n.date(end, { dateStyle: 'medium', timeStyle: 'short' })}
            </Trans>
          ) : (
            name
          )}
        </li>
      ))}
      {others > 0 && (
        <li>
          <Trans>and {others} more</Trans>
        </li>
      )}
    </ul>
  );
}
