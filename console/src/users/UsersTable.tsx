import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import type { UserOrder } from '../gql/graphql';
import { Badge } from '../shared/ui/Badge';
import { ListTable } from '../shared/ui/ListTable';
import { SortableHead } from '../shared/ui/SortableHead';
import { UserMenu } from './actions/UserMenu';
import type { ListedUser } from './usersQuery';
import type { Selection } from './useSelection';
import styles from './UsersTable.module.css';
import { kindWords, mailWords, statusTones, statusWords } from './words';

interface UsersTableProps {
  /** The users of the page; undefined until the first ones have come. */
  users: readonly ListedUser[] | undefined;
  isReading: boolean;
  /** For those who may change users. */
  selection: Selection | undefined;
  order: UserOrder;
  onOrder: (order: UserOrder) => void;
}

export function UsersTable({ users, isReading, selection, order, onOrder }: UsersTableProps) {
  const { t } = useLingui();
  return (
    <ListTable
      label={t`Users`}
      isReading={isReading}
      className={styles['table']}
      head={
        <>
          {selection && (
            <th scope="col" className={styles['select']}>
              <SelectAll users={users ?? []} selection={selection} />
            </th>
          )}
          <SortableHead ascending="NAME_ASC" descending="NAME_DESC" order={order} onOrder={onOrder}>
            <Trans>Name</Trans>
          </SortableHead>
          <SortableHead ascending="STATUS_ASC" descending="STATUS_DESC" order={order} onOrder={onOrder}>
            <Trans>Status</Trans>
          </SortableHead>
          <th scope="col" className={styles['wide']}>
            <Trans>Accounts</Trans>
          </th>
          <SortableHead
            ascending="LAST_SIGN_IN_AT_ASC"
            descending="LAST_SIGN_IN_AT_DESC"
            order={order}
            onOrder={onOrder}
            className={styles['wide']}
          >
            <Trans>Last sign-in</Trans>
          </SortableHead>
          <th scope="col" className={styles['options']}>
            <span className="visually-hidden">
              <Trans>Options</Trans>
            </span>
          </th>
        </>
      }
      skeleton={[...(selection ? [{ lines: 0 }] : []), { lines: 2 }, { width: 0.6 }, { className: styles['wide'] }, { className: styles['wide'], width: 0.5 }, { lines: 0 }]}
    >
      {users?.map((user) => <Row key={user.id} user={user} selection={selection} />)}
    </ListTable>
  );
}

/** Selects all users of the page, or none of them. */
function SelectAll({ users, selection: { selected, toggle } }: { users: readonly ListedUser[]; selection: Selection }) {
  const { t } = useLingui();
  const ids = users.map(({ id }) => id);
  const number = ids.filter((id) => selected.includes(id)).length;
  const isAll = number > 0 && number === ids.length;
  return (
    <label className={styles['selecting']}>
      <input
        type="checkbox"
        aria-label={t`Select all users on this page`}
        checked={isAll}
        ref={(input) => {
          if (input) input.indeterminate = number > 0 && !isAll;
        }}
        onChange={({ target }) => toggle(ids, target.checked)}
      />
    </label>
  );
}

function Row({ user, selection }: { user: ListedUser; selection: Selection | undefined }) {
  const { t, i18n } = useLingui();
  const { displayName, email, kind, status, lastSignInAt, activation } = user;
  const mail = status === 'PENDING' || status === 'EXPIRED' ? activation?.mail : null;
  return (
    <tr>
      {selection && (
        <td className={styles['select']}>
          <label className={styles['selecting']}>
            <input
              type="checkbox"
              aria-label={t`Select ${displayName}`}
              checked={selection.selected.includes(user.id)}
              onChange={({ target }) => selection.toggle([user.id], target.checked)}
            />
          </label>
        </td>
      )}
      <th scope="row">
        <Link to="/users/$id" params={{ id: user.id }} className={styles['name']}>
          {displayName}
        </Link>
        <span className={styles['quiet']}>
          {displayName !== email && email}
          {kind === 'GROUP' && (
            <span className={styles['kind']}>{i18n._(kindWords.GROUP)}</span>
          )}
        </span>
      </th>
      <td>
        <Badge tone={statusTones[status]}>{i18n._(statusWords[status])}</Badge>
        {mail && <span className={styles['quiet']}>{t`Email: ${i18n._(mailWords[mail])}`}</span>}
      </td>
      <td className={styles['wide']}>
        <Accounts user={user} />
      </td>
      <td className={`${styles['wide']} ${styles['number']}`}>
        {lastSignInAt ? (
          <time dateTime={lastSignInAt}>{i18n.date(lastSignInAt, { dateStyle: 'medium' })}</time>
        ) : (
          <span className={styles['quiet']}>
            <Trans>Never</Trans>
          </span>
        )}
      </td>
      <td className={styles['options']}>
        <UserMenu user={user} />
      </td>
    </tr>
  );
}

/** The accounts of a user, as far as they can be seen. */
function Accounts({ user }: { user: ListedUser }) {
  return (
    <>
      <span className={styles['line']}>
        {user.allContractAccounts ? <Trans>All contract accounts</Trans> : <Names {...user.contractAccounts} />}
      </span>
      {user.allDeliveryAccounts ? null : (
        <span className={`${styles['line']} ${styles['quiet']}`}>
          <Names {...user.deliveryAccounts} />
        </span>
      )}
    </>
  );
}

function Names({ nodes, totalCount }: { nodes: readonly { name: string }[]; totalCount: number }) {
  const names = nodes.map(({ name }) => name).join(', ');
  const others = totalCount - nodes.length;
  return others > 0 ? (
    <Trans>
      {names} and {others} more
    </Trans>
  ) : (
    names
  );
}
