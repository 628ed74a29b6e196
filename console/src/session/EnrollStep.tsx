import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { AppSetup } from '../secondFactors/AppSetup';
import { canUsePasskeys, makePasskey } from '../secondFactors/passkeys';
import { EnrollPasskeyToSignIn, EnrollToSignIn, StartEnrollment, StartPasskey, type StartedEnrollment } from '../secondFactors/queries';
import { RecoveryCodes } from '../secondFactors/RecoveryCodes';
import { sendable } from '../shared/api/document';
import { errorTexts } from '../shared/api/errorWords';
import { problemOf } from '../shared/api/problem';
import { Button } from '../shared/ui/Button';
import { FailureNotice } from './FailureNotice';
import { type NeededStep, type SessionViewer, type SignInFailure, useSession } from './session';

export interface SecondStepProps {
  step: NeededStep;
  onSignedIn?: (() => void) | undefined;
  /** Called when the password is to be given again. */
  onStartOver: () => void;
}

/** Sets up the second factor that the user must have, and then signs in. */
export function EnrollStep({ step, onSignedIn, onStartOver }: SecondStepProps) {
  const { t } = useLingui();
  const session = useSession();
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<SignInFailure | null>(null);
  const [started, setStarted] = useState<StartedEnrollment | null>(null);
  const [enrolled, setEnrolled] = useState<{ codes: readonly string[]; viewer: SessionViewer | null } | null>(null);
  const { ticket } = step;

  const start = async () => {
    setBusy(true);
    const { data, error } = await session.plainClient.mutation(sendable(StartEnrollment), { ticket }).toPromise();
    setBusy(false);
    const payload = data?.startTotpEnrollment;
    if (error) setFailure({ problem: problemOf(error) });
    else if (payload?.enrollment) setStarted(payload);
    else setFailure({ errors: payload?.errors ?? [] });
  };
  const confirm = async (code: string) => {
    setBusy(true);
    const variables = { enrollment: started?.enrollment ?? '', code, ticket };
    const { data, error } = await session.plainClient.mutation(sendable(EnrollToSignIn), variables).toPromise();
    setBusy(false);
    const payload = data?.confirmTotpEnrollment;
    if (error) setFailure({ problem: problemOf(error) });
    else if (payload?.errors.length) setFailure({ errors: payload.errors });
    else setEnrolled({ codes: payload?.recoveryCodes ?? [], viewer: payload?.viewer ?? null });
  };
  const addPasskey = async () => {
    setBusy(true);
    setFailure(await enrollPasskey());
    setBusy(false);
  };
  const enrollPasskey = async (): Promise<SignInFailure | null> => {
    const asked = await session.plainClient.mutation(sendable(StartPasskey), { ticket }).toPromise();
    if (asked.error) return { problem: problemOf(asked.error) };
    const { options, errors } = asked.data?.startPasskeyRegistration ?? { options: null, errors: [] };
    if (!options) return { errors };
    const credential = await makePasskey(options);
    if (credential === null) return { errors: [{ code: 'NO_PASSKEY', message: t`No passkey was made.` }] };
    const variables = { credential, name: t`Passkey`, ticket };
    const { data, error } = await session.plainClient.mutation(sendable(EnrollPasskeyToSignIn), variables).toPromise();
    if (error) return { problem: problemOf(error) };
    const payload = data?.addPasskey;
    if (payload?.errors.length) return { errors: payload.errors };
    setEnrolled({ codes: payload?.recoveryCodes ?? [], viewer: payload?.viewer ?? null });
    return null;
  };
  const finish = (viewer: SessionViewer | null) => {
    session.goOn(viewer);
    onSignedIn?.();
  };
  if (enrolled) return <RecoveryCodes codes={enrolled.codes} onDone={() => finish(enrolled.viewer)} />;
  if (started) {
    const messages = failure && 'errors' in failure ? errorTexts(failure.errors) : [];
    return (
      <>
        <AppSetup started={started} isSending={isBusy} messages={messages} onConfirm={(code) => void confirm(code)} onCancel={onStartOver} />
        {failure && 'problem' in failure && <FailureNotice failure={failure} />}
      </>
    );
  }
  return (
    <>
      <p>
        <Trans>You need a second factor here: something in addition to your password. Set it up now to sign in.</Trans>
      </p>
      <FailureNotice failure={failure} />
      <Button variant="primary" isPending={isBusy} onPress={() => void start()}>
        <Trans>Set up an authenticator app</Trans>
      </Button>
      {canUsePasskeys() && (
        <Button isPending={isBusy} onPress={() => void addPasskey()}>
          <Trans>Add a passkey</Trans>
        </Button>
      )}
      <Button variant="quiet" onPress={onStartOver}>
        <Trans>Start over</Trans>
      </Button>
    </>
  );
}
