import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '../../shared/ui/Button';
import { Actions } from '../../shared/ui/Dialog';
import { Form } from '../../shared/ui/Form';
import { TextField } from '../../shared/ui/TextField';
import { KindChoice, PersonFields } from '../person/PersonFields';
import { EmailStatus } from './EmailStatus';
import type { NewUser } from './newUser';
import styles from './NewUserPage.module.css';

interface PersonalStepProps {
  user: NewUser;
  /** The server's messages by field. */
  errors: Record<string, string[]>;
  onChange: (change: Partial<NewUser>) => void;
  onNext: () => void;
}

/** Step 1: who it is. */
export function PersonalStep({ user, errors, onChange, onNext }: PersonalStepProps) {
  const { t } = useLingui();
  return (
    <Form className={styles['step']} errors={errors} onSubmit={onNext}>
      <h2>
        <Trans>Personal information</Trans>
      </h2>
      <KindChoice kind={user.kind} onChange={(kind) => onChange({ kind })} />
      <TextField
        name="email"
        label={t`Email address`}
        type="email"
        autoComplete="off"
        value={user.email}
        onChange={(email) => onChange({ email })}
        isRequired
        autoFocus
      />
      <p role="status" className={styles['status']}>
        <EmailStatus email={user.email} />
      </p>
      <PersonFields person={user} onChange={onChange} areNamesRequired />
      <Actions>
        <Button type="submit" variant="primary">
          <Trans>Next</Trans>
        </Button>
      </Actions>
    </Form>
  );
}
