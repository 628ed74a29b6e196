import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { CodeField } from '../secondFactors/CodeField';
import { errorTexts } from '../shared/api/errorWords';
import { Button } from '../shared/ui/Button';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { PasskeyButton } from './PasskeyButton';
import { EnrollStep } from './EnrollStep';
import { type NeededStep, type SignInFailure, useSession } from './session';
import styles from './SignInForm.module.css';

export interface SecondStepProps {
  step: NeededStep;
  onSignedIn?: (() => void) | undefined;
  /** Called when the password is to be given again. */
  onStartOver: () => void;
}

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

/** Why a step of a sign-in failed. */
export function FailureNotice({ failure }: { failure: SignInFailure | null }) {
  if (!failure) return null;
  if ('problem' in failure) return <ProblemNotice problem={failure.problem} />;
  return (
    <p className={styles['failure']} role="alert">
      {errorTexts(failure.errors).join(' ')}
    </p>
  );
}
