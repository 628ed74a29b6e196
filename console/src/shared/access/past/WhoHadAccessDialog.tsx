import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useRead } from '../../api/operations';
import { Button } from '../../ui/Button';
import { Actions, Dialog } from '../../ui/Dialog';
import { PagedList } from '../../ui/PagedList';
import { pageArguments, type Position } from '../../ui/Paging';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Skeleton } from '../../ui/Skeleton';
import type { AskedPast, PastList } from './askedPast';
import { nameOf, WhoHadAccess } from './hadAccessQuery';
import { MomentForm } from './MomentForm';
import styles from './past.module.css';

const PAGE_SIZE = 10;

interface WhoHadAccessDialogProps {
  asked: AskedPast;
  onAsk: (asked: AskedPast) => void;
  onClose: () => void;
}

/** The users who had access to a thing at an earlier time, as far as the viewer sees them and the audit trail says so. */
export function WhoHadAccessDialog({ asked, onAsk, onClose }: WhoHadAccessDialogProps) {
  const { t } = useLingui();
  const { on, at, list } = asked;
  const [position, setPosition] = useState<Position>({});
  const isUnknown = list === 'unknown';
  const read = useRead(WhoHadAccess, { on, at, isAsked: at !== undefined, isUnknown, ...pageArguments(position, PAGE_SIZE) });
  const { data, isReading, problem } = read;
  const found = data?.whoHadAccess;
  const page = isUnknown ? found?.unknown : found?.users;
  const name = nameOf(data?.node);
  const ask = (change: Partial<AskedPast>) => {
    setPosition({});
    onAsk({ ...asked, ...change });
  };
  const isHidden = data && !(name && (at === undefined || isReading || found));
  return (
    <Dialog title={name ? t`Who had access to ${name}?` : t`Who had access?`} onClose={onClose}>
      <MomentForm label={t`Access at`} value={at} onShow={(moment) => ask({ at: moment })} />
      {!data && (problem ? <ProblemNotice problem={problem} retry={read.retry} /> : <Skeleton />)}
      {isHidden && (
        <p>
          <Trans>The audit trail shows you nothing about this at that time.</Trans>
        </p>
      )}
      {name && at === undefined && (
        <p>
          <Trans>Enter a date and a time. The audit trail says who had access then.</Trans>
        </p>
      )}
      {at !== undefined && found && (
        <>
          <Lists counts={{ users: found.userCount.totalCount, unknown: found.unknownCount.totalCount }} list={list} onChange={(chosen) => ask({ list: chosen })} />
          <p className={styles['note']}>
            <About list={list} type={data.node?.__typename} />
          </p>
          <PagedList
            read={read}
            page={page}
            position={position}
            onTurn={setPosition}
            empty={
              <p>
                <Trans>None that you can see</Trans>
              </p>
            }
          >
            <ul className={styles['rows']} aria-label={t`Users`} aria-busy={isReading}>
              {page?.nodes.map((user) => (
                <li key={user.id}>
                  <Link to="/users/$id" params={{ id: user.id }} search={{ tab: 'past', at }}>
                    {user.displayName}
                  </Link>{' '}
                  {user.displayName !== user.email && <span>{user.email}</span>}
                </li>
              ))}
            </ul>
          </PagedList>
        </>
      )}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}

interface ListsProps {
  counts: Record<PastList, number>;
  list: PastList;
  onChange: (list: PastList) => void;
}

/** Which users are listed, and how many there are. */
function Lists({ counts, list, onChange }: ListsProps) {
  const { i18n, t } = useLingui();
  const words = { users: t`Had access`, unknown: t`Not recorded` };
  return (
    <div role="group" aria-label={t`Users`} className={styles['choices']}>
      {(['users', 'unknown'] as const).map((key) => (
        <Button key={key} aria-pressed={key === list} onPress={() => onChange(key)}>
          {words[key]}: {i18n.number(counts[key])}
        </Button>
      ))}
    </div>
  );
}

/** What a list holds, and what it can't say. */
function About({ list, type }: { list: PastList; type: string | undefined }) {
  if (list === 'unknown') {
    return (
      <Trans>
        The audit trail doesn’t record all access of these users at that time. Whether they had access is judged by what was there before the first
        change that it records, or by what they have now.
      </Trans>
    );
  }
  if (type === 'Service') return <Trans>Active users who had the contract account of this service, and those of end customers its delivery account as well.</Trans>;
  if (type === 'DeliveryAccount') {
    return <Trans>Active users who had this account. Those who reached it only through the services of their contract accounts are not listed.</Trans>;
  }
  return <Trans>Active users who had this account.</Trans>;
}
