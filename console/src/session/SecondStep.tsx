import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { CodeField } from '../secondFactors/CodeField';
import { Button } from '../shared/ui/Button';
import { Form } from '../shared/ui/Form';
import { EnrollStep, type SecondStepProps } from './EnrollStep';
import { FailureNotice } from './FailureNotice';
import { PasskeyButton } from './PasskeyButton';
import { type SignInFailure, useSession } from './session';
import styles from './SignInForm.module.css';

/** What a sign-in needs after the password. */
export function SecondStep(props: SecondStepProps) {
  return props.step.mustEnroll ? <EnrollStep {...props} /> : <CodeStep {...props} />;
}

function CodeStep({ step, onSignedIn, onStartOver }: SecondStepProps) {
  const { t } = useLingui();
  const session = useSession();
  const [code, setCode] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<SignInFailure | null>(null);
  const submit = async () => {
    setBusy(true);
    setFailure(null);
    const failed = await session.completeSignIn(step.ticket, code);
    setBusy(false);
    setFailure(failed);
    if (!failed) onSignedIn?.();
  };
  const hasPasskey = step.methods.includes('PASSKEY');
  const hasApp = step.methods.includes('TOTP');
  return (
    <Form className={styles['form']} onSubmit={() => void (isBusy || submit())}>
      {hasPasskey && <PasskeyButton ticket={step.ticket} isPrimary onSignedIn={onSignedIn} onFailure={setFailure} />}
      <p>{hasApp ? <Trans>Enter the code that your authenticator app shows, or one of your recovery codes.</Trans> : <Trans>Or enter one of your recovery codes.</Trans>}</p>
      <CodeField label={t`Code`} value={code} onChange={setCode} />
      <FailureNotice failure={failure} />
      <Button type="submit" variant={hasPasskey ? 'secondary' : 'primary'} isPending={isBusy}>
        <Trans>Continue</Trans>
      </Button>
      <Button variant="quiet" onPress={onStartOver}>
        <Trans>Start over</Trans>
      </Button>
    </Form>
  );
}
