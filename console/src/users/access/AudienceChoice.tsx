import { Trans, useLingui } from '@lingui/react/macro';
import type { Audience } from '../../gql/graphql';
import { useViewer } from '../../session/session';
import { audienceWords } from '../words';
import styles from './access.module.css';

interface AudienceChoiceProps {
  /** What was saved, which is offered besides what this admin may choose. */
  has?: Audience;
  audience: Audience;
  onChange: (audience: Audience) => void;
}

/** Whether users are of the organization or of an end customer, as far as this admin may choose. */
export function AudienceChoice({ has, audience, onChange }: AudienceChoiceProps) {
  const { i18n } = useLingui();
  const { assignable } = useViewer();
  const offered = (['ORGANIZATION', 'DELIVERY'] as const).filter((name) => name === has || assignable?.audiences.includes(name));
  if (offered.length === 1) return null;
  return (
    <fieldset className={styles['choices']}>
      <legend>
        <Trans>Belongs to</Trans>
      </legend>
      {offered.map((name) => (
        <label key={name} className={styles['choice']}>
          <input type="radio" name="audience" checked={audience === name} onChange={() => onChange(name)} />
          {i18n._(audienceWords[name])}
        </label>
      ))}
    </fieldset>
  );
}
