import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Audience } from '../gql/graphql';
import { useViewer } from '../session/session';
import { useRead } from '../shared/api/operations';
import { Button } from '../shared/ui/Button';
import { Icon } from '../shared/ui/Icon';
import { Paging } from '../shared/ui/Paging';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { useTitle } from '../shared/useTitle';
import { EmptyList } from './EmptyList';
import { UserFilters } from './UserFilters';
import styles from './UsersPage.module.css';
import { Users } from './usersQuery';
import { changed, isFiltered, type UsersSearch, usersVariables, validateUsersSearch } from './usersSearch';
import { UsersTable } from './UsersTable';

export function OrganizationUsersPage() {
  const { t } = useLingui();
  return (
    <UsersPage audience="ORGANIZATION" title={t`My organization`}>
      <Trans>People of your organization. What they see is limited by contract accounts.</Trans>
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
  const search = validateUsersSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const { data, isReading, isSlow, problem, retry } = useRead(Users, usersVariables(audience, search));
  useTitle(title);
  const show = (wanted: UsersSearch, { replace = false } = {}) =>
    void navigate({ to: '.', search: { ...wanted } as never, replace, resetScroll: false });
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
      <UserFilters search={search} permissions={data?.permissions ?? []} onChange={(wanted) => show(wanted)} />
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {isSlow && (
        <p role="status">
          <Trans>This takes longer than usual.</Trans>
        </p>
      )}
      {users?.nodes.length === 0 ? (
        <EmptyList isFiltered={isFiltered(search)} onClear={() => show({ order: search.order })} />
      ) : (
        (users ?? !problem) && (
          <UsersTable
            users={users?.nodes}
            isReading={isReading}
            order={search.order ?? 'NAME_ASC'}
            onOrder={(order) => show(changed(search, { order: order === 'NAME_ASC' ? undefined : order }))}
          />
        )
      )}
      <Paging pageInfo={users?.pageInfo} onTurn={(position) => show(changed(search, position))}>
        {users && <Plural value={users.totalCount} one="# user" other="# users" />}
      </Paging>
    </div>
  );
}
