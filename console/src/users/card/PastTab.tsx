import { Trans, useLingui } from '@lingui/react/macro';
import { MomentForm } from '../../shared/access/past/MomentForm';
import past from '../../shared/access/past/past.module.css';
import type { Read } from '../../shared/api/operations';
import { Button } from '../../shared/ui/Button';
import { PagedList } from '../../shared/ui/PagedList';
import type { Position } from '../../shared/ui/Paging';
import { Skeleton } from '../../shared/ui/Skeleton';
import type { CardSearch, PastList } from './cardSearch';
import { type PastAccess, pastCounts, pastPage } from './pastAccess';
import { PastFacts } from './PastFacts';

interface PastTabProps {
  /** The time that is asked about; undefined as long as none is entered. */
  at: string | undefined;
  had: PastList;
  /** What the audit trail says of it; null if it says nothing to the viewer. */
  access: PastAccess | null | undefined;
  read: Read<unknown>;
  position: Position;
  onShow: (wanted: CardSearch) => void;
  onTurn: (position: Position, options?: { replace?: boolean }) => void;
}

/** What the user had access to at an earlier time. */
export function PastTab({ at, had, access, read, position, onShow, onTurn }: PastTabProps) {
  const { t } = useLingui();
  return (
    <>
      <MomentForm label={t`Access at`} value={at} onShow={(moment) => onShow({ at: moment, had: had === 'contract' ? undefined : had })} />
      {at === undefined && (
        <p>
          <Trans>Enter a date and a time. The audit trail says what the user had access to then.</Trans>
        </p>
      )}
      {at !== undefined && access === undefined && <Skeleton width={0.4} />}
      {at !== undefined && access === null && (
        <p>
          <Trans>The audit trail shows you nothing about this user’s access at that time: you don’t see all of the events that it is based on, or the time is to come.</Trans>
        </p>
      )}
      {at !== undefined && access && (
        <>
          <PastFacts access={access} />
          {access.existed && (
            <>
              <Lists access={access} had={had} onShow={(list) => onShow({ had: list === 'contract' ? undefined : list })} />
              <PagedList
                read={read}
                page={pastPage(access)}
                position={position}
                onTurn={onTurn}
                empty={
                  <p>
                    <Trans>None that you can see</Trans>
                  </p>
                }
              >
                <Rows access={access} had={had} isReading={read.isReading} />
              </PagedList>
            </>
          )}
        </>
      )}
    </>
  );
}

/** Which list is shown, and how many there are in each. */
function Lists({ access, had, onShow }: { access: PastAccess; had: PastList; onShow: (list: PastList) => void }) {
  const { t, i18n } = useLingui();
  const counts = pastCounts(access);
  const words = { contract: t`Contract accounts`, delivery: t`Delivery accounts`, services: t`Services` };
  return (
    <div role="group" aria-label={t`Accounts and services`} className={past['choices']}>
      {(['contract', 'delivery', 'services'] as const).map((list) => (
        <Button key={list} aria-pressed={list === had} onPress={() => onShow(list)}>
          {words[list]}: {i18n.number(counts[list])}
        </Button>
      ))}
    </div>
  );
}

/** The accounts with their ends, or the services. */
function Rows({ access, had, isReading }: { access: PastAccess; had: PastList; isReading: boolean }) {
  const { t, i18n } = useLingui();
  const ends = new Map<string, string>(access.accountEnds.map(({ account, endsAt }) => [account, endsAt] as const));
  const words = { contract: t`Contract accounts`, delivery: t`Delivery accounts`, services: t`Services` };
  const accounts = (access.contractAccounts ?? access.deliveryAccounts)?.nodes ?? [];
  return (
    <ul className={past['rows']} aria-label={words[had]} aria-busy={isReading}>
      {accounts.map(({ id, name }) => {
        const end = ends.get(id);
        return (
          <li key={id}>
            {end ? (
              <Trans>
                {name}, until {i18n.date(end, { dateStyle: 'medium', timeStyle: 'short' })}
              </Trans>
            ) : (
              name
            )}
          </li>
        );
      })}
      {access.services?.nodes.map(({ id, code, name }) => (
        <li key={id}>
          <code>{code}</code> {name}
        </li>
      ))}
    </ul>
  );
}
