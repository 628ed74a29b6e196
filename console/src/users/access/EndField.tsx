import { Trans } from '@lingui/react/macro';
import { useId } from 'react';
import { fromLocalTime, toLocalTime } from '../../shared/localTime';
import { Button } from '../../shared/ui/Button';
import styles from './access.module.css';
import { Messages } from './Messages';

interface EndFieldProps {
  /** The id of the name of what expires. It describes the controls: as a part of their names, it would stand beside the
   *  checkbox of that name. */
  of: string;
  /** An ISO 8601 time; '' while none is entered; undefined if there is no end. */
  value: string | undefined;
  onChange: (value: string | undefined) => void;
  errors: readonly string[] | undefined;
}

/** Until when something is given. Most things have no end: a button adds one. */
export function EndField({ of, value, onChange, errors }: EndFieldProps) {
  const id = useId();
  if (value === undefined) {
    return (
      <div className={styles['end']}>
        <Button variant="quiet" aria-describedby={of} onPress={() => onChange('')}>
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
        aria-invalid={errors ? true : undefined}
        aria-describedby={errors ? `${of} ${id}-errors` : of}
        defaultValue={toLocalTime(value)}
        autoFocus={value === ''}
        onChange={(event) => onChange(fromLocalTime(event.target.value))}
      />
      <Button variant="quiet" aria-describedby={of} onPress={() => onChange(undefined)}>
        <Trans>No end</Trans>
      </Button>
      <Messages id={`${id}-errors`} messages={errors} />
    </div>
  );
}
