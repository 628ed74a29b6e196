import { Trans, useLingui } from '@lingui/react/macro';
import { useParams } from '@tanstack/react-router';
import { NotFoundPage } from '../../frame/FailedPage';
import { WhoCanSeeButton } from '../../shared/access/WhoCanSeeButton';
import { WhatIfButton } from '../../shared/whatIf/WhatIfButton';
import { useRead } from '../../shared/api/operations';
import { Badge } from '../../shared/ui/Badge';
import { useLostPage } from '../../shared/ui/PagedList';
import { pageArguments } from '../../shared/ui/Paging';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { Skeleton } from '../../shared/ui/Skeleton';
import { useListAddress } from '../../shared/useListAddress';
import { useTitle } from '../../shared/useTitle';
import { UserMenu } from '../actions/UserMenu';
import { kindWords, mailWords, statusTones, statusWords } from '../words';
import { AccessTab } from './AccessTab';
import { ActivityTab } from './ActivityTab';
import { type CardUser, UserCard } from './cardQuery';
import { validateCardSearch } from './cardSearch';
import { pastPage, pastVariables } from './pastAccess';
import { PastTab } from './PastTab';
import { SessionsTab } from './SessionsTab';
import { Tabs } from './Tabs';
import styles from './UserCardPage.module.css';

const PAGE_SIZE = 25;

/** One user: who they are, what they may do and see, what happened, and when they signed in. */
export function UserCardPage() {
  const { t } = useLingui();
  const { id = '' } = useParams({ strict: false });
  const { search, show, turn } = useListAddress(validateCardSearch);
  const { tab = 'access', at, had = 'contract', ...position } = search;
  const variables = {
    id,
    isActivity: tab === 'activity',
    isSessions: tab === 'sessions',
    ...pastVariables(tab === 'past' ? at : undefined, had),
    ...pageArguments(position, PAGE_SIZE),
  };
  const read = useRead(UserCard, variables);
  const { data, problem, retry } = read;
  const user = data?.node?.__typename === 'User' ? data.node : null;
  const page = tab === 'past' ? pastPage(data?.accessAt) : user?.auditEvents;
  const isLost = useLostPage({ read, page, position, onTurn: turn });
  useTitle(user?.displayName ?? t`User`);
  if (problem?.argument === 'id' || (data && !user)) return <NotFoundPage />;
  if (problem && !isLost) {
    return (
      <div className={styles['card']}>
        <h1>
          <Trans>User</Trans>
        </h1>
        <ProblemNotice problem={problem} retry={retry} />
      </div>
    );
  }
  if (!user) return <Skeleton width={0.4} />;
  const viewer = data?.viewer;
  return (
    <article className={styles['card']}>
      <Header user={user} />
      <Tabs
        label={user.displayName}
        tabs={[
          { key: 'access', title: t`Access` },
          { key: 'past', title: t`Past access` },
          { key: 'activity', title: t`Activity` },
          { key: 'sessions', title: t`Sessions` },
        ]}
        selected={tab}
        onSelect={(key) => show({ tab: key === 'access' ? undefined : key })}
      >
        {tab === 'access' && <AccessTab user={user} />}
        {tab === 'past' && (
          <PastTab at={at} had={had} access={data?.accessAt} read={read} position={position} onShow={(wanted) => show({ tab, at, ...wanted })} onTurn={turn} />
        )}
        {tab === 'activity' && <ActivityTab user={user} isReading={read.isReading} onTurn={turn} />}
        {tab === 'sessions' && <SessionsTab user={user} isSelf={viewer?.user?.id === user.id} sessions={viewer?.sessions} />}
      </Tabs>
    </article>
  );
}

/** Who they are, their state, and the fate of their activation email. */
function Header({ user }: { user: CardUser }) {
  const { i18n } = useLingui();
  const { activation, status, phone, country } = user;
  return (
    <>
      <header className={styles['header']}>
        <div>
          <h1>{user.displayName}</h1>
          <p>
            {user.email} · {i18n._(kindWords[user.kind])}
          </p>
        </div>
        <div className={styles['options']}>
          {user.organization?.viewerCan.includes('REVIEW_ACCESS') && (
            <>
              <WhoCanSeeButton id={user.id} name={user.displayName} />
              {user.status !== 'REMOVED' && <WhatIfButton change="leave" id={user.id} name={user.displayName} />}
            </>
          )}
          <UserMenu user={user} isOpen />
        </div>
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
        {user.hasSecondFactor !== null && status === 'ACTIVE' && (
          <>
            <dt>
              <Trans>Second factor</Trans>
            </dt>
            <dd>{user.hasSecondFactor ? <Trans>Set up</Trans> : <Trans>Not set up</Trans>}</dd>
          </>
        )}
        {phone && (
          <>
            <dt>
              <Trans>Phone number</Trans>
            </dt>
            <dd>{phone}</dd>
          </>
        )}
        {country && (
          <>
            <dt>
              <Trans>Country</Trans>
            </dt>
            <dd>{new Intl.DisplayNames(i18n.locale, { type: 'region' }).of(country)}</dd>
          </>
        )}
      </dl>
    </>
  );
}
