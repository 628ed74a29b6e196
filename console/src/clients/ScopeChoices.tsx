import { Trans, useLingui } from '@lingui/react/macro';
import type { Scope } from '../gql/graphql';
import styles from './ClientsPage.module.css';
import { allScopes, scopeWords } from './scopeWords';

interface ScopeChoicesProps {
  chosen: readonly Scope[];
  onChange: (chosen: Scope[]) => void;
  errors: readonly string[] | undefined;
}

/** What a new API client may do. */
export function ScopeChoices({ chosen, onChange, errors }: ScopeChoicesProps) {
  const { i18n } = useLingui();
  const choose = (scope: Scope, isChosen: boolean) => onChange(allScopes.filter((other) => (other === scope ? isChosen : chosen.includes(other))));
  return (
    <fieldset className={styles['scopes']}>
      <legend>
        <Trans>Scopes</Trans>
      </legend>
      <p className={styles['quiet']}>
        <Trans>The program acts for you: it reaches what you reach, cut down to these. They can’t be changed later.</Trans>
      </p>
      {allScopes.map((scope) => (
        <div key={scope}>
          <label className={styles['choice']}>
            <input
              type="checkbox"
              checked={chosen.includes(scope)}
              aria-describedby={`opens-${scope}`}
              onChange={(event) => choose(scope, event.target.checked)}
            />
            <code>{scopeWords[scope].name}</code>
          </label>
          <p id={`opens-${scope}`} className={styles['quiet']}>
            {i18n._(scopeWords[scope].opens)}
          </p>
        </div>
      ))}
      {errors?.map((message) => (
        <p key={message} role="alert" className={styles['failure']}>
          {message}
        </p>
      ))}
    </fieldset>
  );
}
