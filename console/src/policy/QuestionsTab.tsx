import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Explanation } from '../shared/access/Explanation';
import { WhoCanSeeButton } from '../shared/access/WhoCanSeeButton';
import { type PickedUser, UserPicker } from '../shared/people/UserPicker';
import { Button } from '../shared/ui/Button';
import styles from './policy.module.css';
import { type FoundResource, ResourceSearch } from './ResourceSearch';

/** *Who can?* and *Why?* about one thing: who sees it, and why a user sees it or doesn't. */
export function QuestionsTab() {
  const { t } = useLingui();
  const [resource, setResource] = useState<FoundResource | null>(null);
  const [user, setUser] = useState<PickedUser | null>(null);
  if (!resource) return <ResourceSearch onChoose={setResource} />;
  const { id, name } = resource;
  return (
    <div className={styles['questions']}>
      <div className={styles['row']}>
        <p>
          <Trans>
            About: <strong>{name}</strong>
          </Trans>
        </p>
        <Button variant="quiet" onPress={() => setResource(null)}>
          <Trans>Choose something else</Trans>
        </Button>
      </div>
      <h2>
        <Trans>Who can?</Trans>
      </h2>
      <div>
        <WhoCanSeeButton id={id} name={name} />
      </div>
      <h2>
        <Trans>Why?</Trans>
      </h2>
      <div className={styles['row']}>
        <UserPicker label={t`Ask why, or why not`} chosen={user} onChange={setUser} />
      </div>
      {user && <Explanation asked={{ on: id, action: 'VIEW', user: user.id }} userName={user.name} name={name} />}
    </div>
  );
}
