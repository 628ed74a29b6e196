import { Trans, useLingui } from '@lingui/react/macro';
import { useId } from 'react';
import { SearchField } from '../../shared/ui/SearchField';
import type { Account } from './newUser';
import styles from './NewUserPage.module.css';

interface AccountPickerProps {
  legend: string;
  /** Whether *All* may be given. */
  mayGiveAll: boolean;
  isAll: boolean;
  onAll: (isAll: boolean) => void;
  chosen: readonly Account[];
  onChosen: (chosen: Account[]) => void;
  /** The accounts that match the search; undefined until they are known. */
  found: { nodes: readonly Account[]; totalCount: number } | undefined;
  search: string;
  onSearch: (search: string) => void;
}

/** All accounts, or some of them, which are searched for on the server. */
export function AccountPicker({ legend, mayGiveAll, isAll, onAll, chosen, onChosen, found, search, onSearch }: AccountPickerProps) {
  const { t } = useLingui();
  const name = useId();
  const others = found?.nodes.filter(({ id }) => !chosen.some((account) => account.id === id)) ?? [];
  const more = (found?.totalCount ?? 0) - (found?.nodes.length ?? 0);
  const toggle = (account: Account, isChosen: boolean) =>
    onChosen(isChosen ? [...chosen, account] : chosen.filter(({ id }) => id !== account.id));
  return (
    <fieldset className={styles['group']}>
      <legend>{legend}</legend>
      <div className={styles['choices']}>
        {mayGiveAll && (
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
      {!isAll && (
        <>
          <div className={styles['search']}>
            <SearchField label={t`Search accounts`} value={search} onSearch={onSearch} />
          </div>
          <ul className={styles['accounts']}>
            {[...chosen, ...others].map((account) => (
              <li key={account.id}>
                <label className={styles['choice']}>
                  <input
                    type="checkbox"
                    checked={chosen.some(({ id }) => id === account.id)}
                    onChange={(event) => toggle(account, event.target.checked)}
                  />
                  {account.name}
                </label>
              </li>
            ))}
          </ul>
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
