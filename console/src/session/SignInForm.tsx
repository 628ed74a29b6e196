import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';
import { Button } from '../shared/ui/Button';
import { Form } from '../shared/ui/Form';
import { TextField } from '../shared/ui/TextField';
import { FailureNotice } from './FailureNotice';
import { type NeededStep, type SignInFailure, useSession } from './session';
import styles from './SignInForm.module.css';
import { beginSingleSignOn } from './singleSignOn';
import { useSignInMethods } from './useSignInMethods';

interface SignInFormProps {
  /** The address of the person who has to sign in again; otherwise it is typed. */
  email?: string;
  /** The address to go to after a sign-in at a provider; by default, this one. */
  next?: string | undefined;
  onSignedIn?: () => void;
  /** Called when the password is right, but not enough. */
  onStep: (step: NeededStep) => void;
  children?: ReactNode;
}

/** Email, password and the button; `children` follow the button. Where the email's domain has a provider, its button is
 *  offered too, and alone if passwords aren't allowed there. */
export function SignInForm({ email: fixedEmail, next, onSignedIn, onStep, children }: SignInFormProps) {
  const { t } = useLingui();
  const session = useSession();
  const [email, setEmail] = useState(fixedEmail ?? '');
  const [password, setPassword] = useState('');
  const [isByPassword, setByPassword] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<SignInFailure | null>(null);

  const methods = useSignInMethods(email);
  const asksPassword = methods.password || isByPassword;

  const leave = () => {
    if (methods.url) void beginSingleSignOn(methods.url, { kind: 'sign-in', next: next ?? location.pathname + location.search });
  };
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
        if (!asksPassword) leave();
        else if (!isBusy) void submit();
      }}
    >
      <TextField
        label={t`Email`}
        type="email"
        autoComplete={fixedEmail === undefined ? 'username webauthn' : 'username'}
        value={email}
        onChange={setEmail}
        isReadOnly={fixedEmail !== undefined}
        isRequired
        autoFocus={fixedEmail === undefined}
      />
      {methods.url && (
        <Button variant={asksPassword ? 'secondary' : 'primary'} type={asksPassword ? 'button' : 'submit'} {...(asksPassword && { onPress: leave })}>
          <Trans>Sign in with single sign-on</Trans>
        </Button>
      )}
      {asksPassword ? (
        <>
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
        </>
      ) : (
        <Button variant="quiet" onPress={() => setByPassword(true)}>
          <Trans>Use a password for emergencies</Trans>
        </Button>
      )}
    </Form>
  );
}
