import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import type { Audience } from '../gql/graphql';
import { useViewer } from '../session/session';
import { useRead } from '../shared/api/operations';
import { Button } from '../shared/ui/Button';
import { Icon } from '../shared/ui/Icon';
import { PagedList } from '../shared/ui/PagedList';
import { useListAddress } from '../shared/useListAddress';
import { useTitle } from '../shared/useTitle';
import { SelectionBar } from './bulk/SelectionBar';
import { EmptyList } from './EmptyList';
import { UserFilters } from './UserFilters';
import styles from './UsersPage.module.css';
import { Users } from './usersQuery';
import { changed, isFiltered, usersVariables, validateUsersSearch } from './usersSearch';
import { UsersTable } from './UsersTable';
import { useSelection } from './useSelection';

export function OrganizationUsersPage() {
  const { t } = useLingui();
  const isOfOne = useViewer().organization !== null;
  return (
    <UsersPage audience="ORGANIZATION" title={isOfOne ? t`My organization` : t`All organizations`}>
      {isOfOne ? (
        <Trans>People of your organization. What they see is limited by contract accounts.</Trans>
      ) : (
        <Trans>People of all organizations. What they see is limited by contract accounts.</Trans>
      )}
    </UsersPage>
  );
}

export function DeliveryUsersPage() {
  const { t } = useLingui();
  return (
    <UsersPage audience="DELIVERY" title={t`Delivery account`}>
      <Trans>People of your end customers. What they see is limited by contract accounts and delivery accounts.</Trans>
    </UsersPage>
  );
}

interface UsersPageProps {
  audience: Audience;
  title: string;
  children: React.ReactNode;
}

/** Lead to the pages that add users, for those who may. */
function AddUserButtons({ audience }: { audience: Audience }) {
  const { assignable } = useViewer();
  const navigate = useNavigate();
  if (!assignable?.audiences.includes(audience)) return null;
  return (
    <div className={styles['buttons']}>
      <Button onPress={() => void navigate({ to: '/users/invite', search: { audience } })}>
        <Trans>Invite many</Trans>
      </Button>
      <Button
        variant="primary"
        onPress={() => void navigate({ to: audience === 'DELIVERY' ? '/users/delivery/new' : '/users/organization/new' })}
      >
        <Icon name="plus" />
        <Trans>Add new user</Trans>
      </Button>
    </div>
  );
}

/** A list of users. What it shows is in the address. */
function UsersPage({ audience, title, children }: UsersPageProps) {
  const { search, show, turn } = useListAddress(validateUsersSearch);
  const variables = usersVariables(audience, search);
  const { filter, orderBy } = variables;
  const read = useRead(Users, variables);
  const { assignable } = useViewer();
  const selection = useSelection();
  useTitle(title);
  const { data, isReading } = read;
  const users = data?.users;
  return (
    <div className={styles['page']}>
      <header className={styles['header']}>
        <div>
          <h1>{title}</h1>
          <p>{children}</p>
        </div>
        <AddUserButtons audience={audience} />
      </header>
      <UserFilters search={search} onChange={show} />
      <PagedList
        read={read}
        page={users}
        position={search}
        onTurn={turn}
        count={<Plural value={users?.totalCount ?? 0} one="# user" other="# users" />}
        empty={<EmptyList isFiltered={isFiltered(search)} onClear={() => show({ order: search.order })} />}
      >
        <UsersTable
          users={users?.nodes}
          selection={assignable ? selection : undefined}
          isReading={isReading}
          order={search.order ?? 'NAME_ASC'}
          onOrder={(order) => show(changed(search, { order: order === 'NAME_ASC' ? undefined : order }))}
        />
      </PagedList>
      <SelectionBar selection={selection} list={{ filter, orderBy }} total={users?.totalCount ?? 0} />
    </div>
  );
}
