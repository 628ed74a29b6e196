import { Trans, useLingui } from '@lingui/react/macro';
import { useId } from 'react';
import { Button } from '../../shared/ui/Button';
import styles from './access.module.css';
import { fromLocalTime, toLocalTime } from './localTime';
import { Messages } from './Messages';

interface EndFieldProps {
  /** What expires: the name of a permission or an account. */
  name: string;
  /** An ISO 8601 time; '' while none is entered; undefined if there is no end. */
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  errors: readonly string[] | undefined;
}

/** Until when something is given. Most things have no end: a button adds one. */
export function EndField({ name, value, onChange, errors }: EndFieldProps) {
  const { t } = useLingui();
  const id = useId();
  if (value === undefined) {
    return (
      <div className={styles['end']}>
        <Button variant="quiet" aria-label={t`Set an end for ${name}`} onPress={() => onChange('')}>
          <Trans>Set an end</Trans>
        </Button>
        <Messages messages={errors} />
      </div>
    );
  }
  return (
    <div className={styles['end']}>
      <label htmlFor={id}>
        <Trans>Until</Trans>
      </label>
      <input
        id={id}
        type="datetime-local"
        aria-label={t`${name} until`}
        aria-invalid={errors ? true : undefined}
        aria-describedby={errors ? `${id}-errors` : undefined}
        defaultValue={toLocalTime(value)}
        autoFocus={value === ''}
        onChange={(event) => onChange(fromLocalTime(event.target.value))}
      />
      <Button variant="quiet" aria-label={t`Remove the end for ${name}`} onPress={() => onChange(undefined)}>
        <Trans>No end</Trans>
      </Button>
      <Messages id={`${id}-errors`} messages={errors} />
    </div>
  );
}
