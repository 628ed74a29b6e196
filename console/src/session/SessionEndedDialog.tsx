import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Button } from '../shared/ui/Button';
import { Dialog } from '../shared/ui/Dialog';
import { PasskeyButton } from './PasskeyButton';
import { FailureNotice } from './FailureNotice';
import { SecondStep } from './SecondStep';
import { type NeededStep, type SignInFailure, useSession } from './session';
import { SignInForm } from './SignInForm';

/** Shown over the page when the session has ended: after signing in again, everything goes on where it stopped. */
export function SessionEndedDialog() {
  const { t } = useLingui();
  const session = useSession();
  const [step, setStep] = useState<NeededStep | null>(null);
  const [failure, setFailure] = useState<SignInFailure | null>(null);
  return (
    <Dialog title={t`Your session has ended`}>
      <p>
        <Trans>Sign in again to go on. What you have typed is kept.</Trans>
      </p>
      {step ? (
        <SecondStep step={step} onStartOver={() => setStep(null)} />
      ) : (
        <>
          <SignInForm email={session.viewer?.user?.email ?? ''} onStep={setStep}>
            <Button variant="quiet" onPress={() => location.reload()}>
              <Trans>Sign in as someone else</Trans>
            </Button>
          </SignInForm>
          <PasskeyButton onFailure={setFailure} />
          <FailureNotice failure={failure} />
        </>
      )}
    </Dialog>
  );
}
