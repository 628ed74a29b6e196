import { Trans, useLingui } from '@lingui/react/macro';
import { useId } from 'react';
import { SearchField } from '../../shared/ui/SearchField';
import styles from './access.module.css';
import type { Account } from './accessChoice';
import { EndField } from './EndField';
import { Messages } from './Messages';

/** How many of the accounts that are chosen are listed. */
const LISTED = 50;

interface AccountPickerProps {
  legend: string;
  /** Whether *All* may be chosen. */
  offersAll?: boolean;
  isAll?: boolean;
  /** Without it, accounts are always chosen one by one. */
  onAll?: (isAll: boolean) => void;
  chosen: readonly Account[];
  onChosen: (chosen: Account[]) => void;
  ends?: Record<string, string>;
  /** Without it, accounts have no ends of their own. */
  onEnd?: ((account: string, end: string | undefined) => void) | undefined;
  /** The accounts that match the search; undefined until they are known. */
  found: { nodes: readonly Account[]; totalCount: number } | undefined;
  search: string;
  onSearch: (search: string) => void;
  /** Messages about all of it, and about single accounts by their ids. */
  messages?: readonly string[] | undefined;
  errors?: Record<string, string[]>;
}

const NONE: Record<string, never> = {};

/** All accounts, or some of them, which are searched for on the server. */
export function AccountPicker({ legend, offersAll = false, isAll = false, onAll, search, onSearch, found, messages, ...list }: AccountPickerProps) {
  const { t } = useLingui();
  const name = useId();
  const more = (found?.totalCount ?? 0) - (found?.nodes.length ?? 0);
  return (
    <fieldset className={styles['group']}>
      <legend>{legend}</legend>
      {onAll && (
        <div className={styles['choices']}>
          {offersAll && (
            <label className={styles['choice']}>
              <input type="radio" name={name} checked={isAll} onChange={() => onAll(true)} />
              <Trans>All</Trans>
            </label>
          )}
          <label className={styles['choice']}>
            <input type="radio" name={name} checked={!isAll} onChange={() => onAll(false)} />
            <Trans>Selected</Trans>
          </label>
        </div>
      )}
      <Messages messages={messages} />
      {!isAll && (
        <>
          <div className={styles['search']}>
            <SearchField label={t`Search accounts`} value={search} onSearch={onSearch} />
          </div>
          <AccountList {...list} found={found?.nodes ?? []} />
          {found?.totalCount === 0 && (
            <p className={styles['status']}>
              <Trans>No account that you may give matches.</Trans>
            </p>
          )}
          {more > 0 && (
            <p className={styles['status']}>
              <Trans>{more} more: search for them.</Trans>
            </p>
          )}
        </>
      )}
    </fieldset>
  );
}

type AccountListProps = Pick<AccountPickerProps, 'chosen' | 'onChosen' | 'ends' | 'onEnd' | 'errors'> & { found: readonly Account[] };

/** The accounts that are chosen, and those found besides. */
function AccountList({ chosen, onChosen, ends = NONE, onEnd, errors = NONE, found }: AccountListProps) {
  const isChosen = ({ id }: Account) => chosen.some((account) => account.id === id);
  const listed = chosen.filter(({ id }, place) => place < LISTED || errors[id] || found.some((account) => account.id === id));
  const others = chosen.length - listed.length;
  const toggle = (account: Account, isWanted: boolean) =>
    onChosen(isWanted ? [...chosen, account] : chosen.filter(({ id }) => id !== account.id));
  return (
    <>
      <ul className={styles['accounts']}>
        {[...listed, ...found.filter((account) => !isChosen(account))].map((account) => (
          <li key={account.id} className={styles['row']}>
            <label className={styles['choice']}>
              <input type="checkbox" checked={isChosen(account)} onChange={(event) => toggle(account, event.target.checked)} />
              <span id={`name-${account.id}`}>{account.name}</span>
            </label>
            {onEnd && isChosen(account) && (
              <EndField of={`name-${account.id}`} value={ends[account.id]} onChange={(end) => onEnd(account.id, end)} errors={errors[account.id]} />
            )}
            {!onEnd && <Messages messages={errors[account.id]} />}
          </li>
        ))}
      </ul>
      {others > 0 && (
        <p className={styles['status']}>
          <Trans>{others} more are selected: search for them.</Trans>
        </p>
      )}
    </>
  );
}
