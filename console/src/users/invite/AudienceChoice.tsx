import { Trans } from '@lingui/react/macro';
import type { Audience } from '../../gql/graphql';
import styles from './invite.module.css';

interface AudienceChoiceProps {
  /** The audiences of which this admin may invite users. */
  offered: readonly Audience[];
  audience: Audience;
  onChange: (audience: Audience) => void;
}

/** Whose people are invited: those of the organization, or those of its end customers. */
export function AudienceChoice({ offered, audience, onChange }: AudienceChoiceProps) {
  return (
    <fieldset className={styles['choices']}>
      <legend>
        <Trans>Invite to</Trans>
      </legend>
      {offered.map((name) => (
        <label key={name} className={styles['choice']}>
          <input type="radio" name="audience" checked={audience === name} onChange={() => onChange(name)} />
          {name === 'ORGANIZATION' ? <Trans>My organization</Trans> : <Trans>Delivery account</Trans>}
        </label>
      ))}
    </fieldset>
  );
}
