import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';
import { Button } from '../shared/ui/Button';
import { Form } from '../shared/ui/Form';
import { TextField } from '../shared/ui/TextField';
import { FailureNotice } from './SecondStep';
import { type NeededStep, type SignInFailure, useSession } from './session';
import styles from './SignInForm.module.css';

interface SignInFormProps {
  /** The address of the person who has to sign in again; otherwise it is typed. */
  email?: string;
  onSignedIn?: () => void;
  /** Called when the password is right, but not enough. */
  onStep: (step: NeededStep) => void;
  children?: ReactNode;
}

/** Email, password and the button; `children` follow the button. */
export function SignInForm({ email: fixedEmail, onSignedIn, onStep, children }: SignInFormProps) {
  const { t } = useLingui();
  const session = useSession();
  const [email, setEmail] = useState(fixedEmail ?? '');
  const [password, setPassword] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<SignInFailure | null>(null);

  const submit = async () => {
    setBusy(true);
    setFailure(null);
    const failed = await session.signIn(email, password);
    setBusy(false);
    if (failed && 'step' in failed) {
      onStep(failed.step);
      return;
    }
    setFailure(failed);
    if (!failed) onSignedIn?.();
  };
  return (
    <Form
      className={styles['form']}
      onSubmit={() => {
        if (!isBusy) void submit();
      }}
    >
      <TextField
        label={t`Email`}
        type="email"
        autoComplete="username"
        value={email}
        onChange={setEmail}
        isReadOnly={fixedEmail !== undefined}
        isRequired
        autoFocus={fixedEmail === undefined}
      />
      <TextField
        label={t`Password`}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
        isRequired
        autoFocus={fixedEmail !== undefined}
      />
      <FailureNotice failure={failure} />
      <Button type="submit" variant="primary" isPending={isBusy}>
        <Trans>Sign in</Trans>
      </Button>
      {children}
    </Form>
  );
}
