import { Trans, useLingui } from '@lingui/react/macro';
import { type SyntheticEvent, useId, useRef, useState } from 'react';
import { toLocalTime } from '../../localTime';
import { Button } from '../../ui/Button';
import styles from './past.module.css';
import { enteredMoment, type MomentFault } from './moment';

interface MomentFormProps {
  label: string;
  /** The time that is shown. */
  value: string | undefined;
  onShow: (moment: string) => void;
}

/** A date and time in the past, in the time zone of the browser. What is typed is shown when the button is pressed. */
export function MomentForm({ label, value, onShow }: MomentFormProps) {
  const { t } = useLingui();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [fault, setFault] = useState<MomentFault | null>(null);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const entered = enteredMoment(field.current?.value ?? '', new Date());
    if ('moment' in entered) onShow(entered.moment);
    setFault('fault' in entered ? entered.fault : null);
  };
  const words = { incomplete: t`Enter a date and a time.`, future: t`Enter a time that is not in the future.` };
  return (
    <form noValidate className={styles['form']} onSubmit={submit}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        ref={field}
        type="datetime-local"
        max="9999-12-31T23:59"
        // Another value comes from elsewhere: Back, or a link.
        key={value}
        defaultValue={toLocalTime(value ?? '', { seconds: true })}
        aria-invalid={fault ? true : undefined}
        aria-describedby={fault ? `${id}-fault` : undefined}
      />
      <Button type="submit">
        <Trans>Show</Trans>
      </Button>
      <p id={`${id}-fault`} role="status" className={styles['fault']}>
        {fault && words[fault]}
      </p>
    </form>
  );
}
