import { Trans, useLingui } from '@lingui/react/macro';
import { useId } from 'react';
import { SearchField } from '../shared/ui/SearchField';
import access from '../users/access/access.module.css';
import { Messages } from '../users/access/Messages';
import styles from './RequestsPage.module.css';

interface AccountChoiceProps {
  /** The accounts that match the search; undefined until they are known. */
  found: readonly { id: string; name: string }[] | undefined;
  search: string;
  onSearch: (search: string) => void;
  chosen: string | undefined;
  onChoose: (account: string) => void;
  errors: readonly string[] | undefined;
}

/** The account that is meant, where the words of a request name none, or several. */
export function AccountChoice({ found, search, onSearch, chosen, onChoose, errors }: AccountChoiceProps) {
  const { t } = useLingui();
  const name = useId();
  return (
    <fieldset className={styles['group']}>
      <legend>
        <Trans>Which account is meant</Trans>
      </legend>
      <SearchField label={t`Search accounts`} value={search} onSearch={onSearch} />
      {found?.map((account) => (
        <label key={account.id} className={access['choice']}>
          <input type="radio" name={name} checked={chosen === account.id} onChange={() => onChoose(account.id)} />
          {account.name}
        </label>
      ))}
      {found?.length === 0 && (
        <p className={styles['quiet']}>
          <Trans>No account that you may give matches.</Trans>
        </p>
      )}
      <Messages messages={errors} />
    </fieldset>
  );
}
