import { Trans, useLingui } from '@lingui/react/macro';
import { useParams } from '@tanstack/react-router';
import { NotFoundPage } from '../../frame/FailedPage';
import { graphql } from '../../gql';
import type { UserCardQuery } from '../../gql/graphql';
import { useRead } from '../../shared/api/operations';
import { Badge } from '../../shared/ui/Badge';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { Skeleton } from '../../shared/ui/Skeleton';
import { useTitle } from '../../shared/useTitle';
import { UserMenu } from '../actions/UserMenu';
import { kindWords, mailWords, statusTones, statusWords } from '../words';
import styles from './UserCardPage.module.css';

const UserCard = graphql(`
  query UserCard($id: ID!) {
    node(id: $id) {
      ... on User {
        id
        displayName
        email
        kind
        status
        phone
        country
        lastSignInAt
        viewerCan
        permissions
        allContractAccounts
        contractAccounts(first: 25) {
          totalCount
          nodes {
            id
            name
          }
        }
        allDeliveryAccounts
        deliveryAccounts(first: 25) {
          totalCount
          nodes {
            id
            name
          }
        }
        activation {
          mail
          mailReply
          expiresAt
        }
      }
    }
    permissions {
      permission
      name
    }
  }
`);

type CardUser = Extract<UserCardQuery['node'], { __typename: 'User' }>;

/** One user: who they are, and what they may do and see. */
export function UserCardPage() {
  const { t } = useLingui();
  const { id = '' } = useParams({ strict: false });
  const { data, problem, retry } = useRead(UserCard, { id });
  const user = data?.node?.__typename === 'User' ? data.node : null;
  useTitle(user?.displayName ?? t`User`);
  if (problem) {
    return (
      <div className={styles['card']}>
        <h1>
          <Trans>User</Trans>
        </h1>
        <ProblemNotice problem={problem} retry={retry} />
      </div>
    );
  }
  if (!data) return <Skeleton width={0.4} />;
  if (!user) return <NotFoundPage />;
  const names = data.permissions.filter(({ permission }) => user.permissions.includes(permission)).map(({ name }) => name);
  return <Card user={user} permissions={names} />;
}

function Card({ user, permissions }: { user: CardUser; permissions: readonly string[] }) {
  const { i18n } = useLingui();
  const { activation, status } = user;
  return (
    <article className={styles['card']}>
      <header className={styles['header']}>
        <div>
          <h1>{user.displayName}</h1>
          <p>
            {user.email} · {i18n._(kindWords[user.kind])}
          </p>
        </div>
        <UserMenu user={user} isOpen />
      </header>
      <dl className={styles['facts']}>
        <dt>
          <Trans>Status</Trans>
        </dt>
        <dd>
          <Badge tone={statusTones[status]}>{i18n._(statusWords[status])}</Badge>
        </dd>
        {status !== 'ACTIVE' && activation?.mail && (
          <>
            <dt>
              <Trans>Activation email</Trans>
            </dt>
            <dd>
              {i18n._(mailWords[activation.mail])} {activation.mailReply}
            </dd>
          </>
        )}
        <dt>
          <Trans>Last sign-in</Trans>
        </dt>
        <dd>
          {user.lastSignInAt ? i18n.date(user.lastSignInAt, { dateStyle: 'medium', timeStyle: 'short' }) : <Trans>Never</Trans>}
        </dd>
        <dt>
          <Trans>Permissions</Trans>
        </dt>
        <dd>
          <Names names={permissions} />
        </dd>
        <dt>
          <Trans>Contract accounts</Trans>
        </dt>
        <dd>{user.allContractAccounts ? <Trans>All</Trans> : <Names names={user.contractAccounts.nodes.map(({ name }) => name)} count={user.contractAccounts.totalCount} />}</dd>
        <dt>
          <Trans>Delivery accounts</Trans>
        </dt>
        <dd>{user.allDeliveryAccounts ? <Trans>All</Trans> : <Names names={user.deliveryAccounts.nodes.map(({ name }) => name)} count={user.deliveryAccounts.totalCount} />}</dd>
      </dl>
    </article>
  );
}

function Names({ names, count = names.length }: { names: readonly string[]; count?: number }) {
  const others = count - names.length;
  if (count === 0) return <Trans>None that you can see</Trans>;
  return (
    <ul className={styles['names']}>
      {names.map((name, place) => (
        // Two accounts may have the same name.
        <li key={place}>{name}</li>
      ))}
      {others > 0 && (
        <li>
          <Trans>and {others} more</Trans>
        </li>
      )}
    </ul>
  );
}
