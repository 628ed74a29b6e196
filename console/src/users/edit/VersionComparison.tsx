import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useId, useRef } from 'react';
import { Button } from '../../shared/ui/Button';
import { Actions } from '../../shared/ui/Dialog';
import { useFormWords } from './formWords';
import type { StoredUser } from './readUser';
import { differences, type UserForm } from './userForm';
import styles from './EditUserPage.module.css';

interface VersionComparisonProps {
  base: UserForm;
  mine: UserForm;
  theirs: StoredUser;
  onTakeOver: () => void;
  onKeep: () => void;
}

/** What somebody else has saved since, beside what is in the form. */
export function VersionComparison({ base, mine, theirs, onTakeOver, onKeep }: VersionComparisonProps) {
  const { t } = useLingui();
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const words = useFormWords(theirs.permissionNames);
  const changed = differences(base, theirs.form);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section aria-labelledby={id} className={styles['comparison']}>
      <h2 id={id} ref={heading} tabIndex={-1}>
        <Trans>Someone else has changed {theirs.displayName}</Trans>
      </h2>
      <p>
        <Trans>Nothing of yours is saved yet. Compare both versions, and decide with which one you go on.</Trans>
      </p>
      <div className={styles['scroll']} role="group" aria-labelledby={id} tabIndex={0}>
        <table aria-labelledby={id}>
          <thead>
            <tr>
              <th scope="col">{t`Field`}</th>
              <th scope="col">{t`Before`}</th>
              <th scope="col">{t`Theirs`}</th>
              <th scope="col">{t`Yours`}</th>
            </tr>
          </thead>
          <tbody>
            {changed.map((part) => (
              <tr key={part}>
                <th scope="row">{words.label(part)}</th>
                <td>{words.value(part, base)}</td>
                <td>{words.value(part, theirs.form)}</td>
                <td>{words.value(part, mine)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>
        <Trans>
          “Take over theirs” discards all of your changes. “Keep mine” keeps what you have changed, and takes over the rest. You save
          afterwards.
        </Trans>
      </p>
      <Actions>
        <Button onPress={onTakeOver}>
          <Trans>Take over theirs</Trans>
        </Button>
        <Button variant="primary" onPress={onKeep}>
          <Trans>Keep mine</Trans>
        </Button>
      </Actions>
    </section>
  );
}
