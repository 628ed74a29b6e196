import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { AppSetup } from '../secondFactors/AppSetup';
import { ConfirmEnrollment, StartEnrollment, type StartedEnrollment } from '../secondFactors/queries';
import { RecoveryCodesDialog } from '../secondFactors/RecoveryCodesDialog';
import { errorTexts } from '../shared/api/errorWords';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { ActionDialog } from '../shared/ui/ActionDialog';
import { Dialog } from '../shared/ui/Dialog';
import { ProblemNotice } from '../shared/ui/ProblemNotice';

/** Sets up an authenticator app, and shows the recovery codes if they are new. */
export function SetUpAppDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const starting = useWrite(StartEnrollment);
  const confirming = useWrite(ConfirmEnrollment);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [errors, setErrors] = useState<readonly string[]>([]);
  const [started, setStarted] = useState<StartedEnrollment | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);

  const start = async () => {
    const written = await starting.send({});
    setProblem(written.problem);
    if (!written.data) return;
    const payload = written.data.startTotpEnrollment;
    setErrors(errorTexts(payload.errors));
    if (payload.enrollment) setStarted(payload);
  };
  const confirm = async (code: string) => {
    const written = await confirming.send({ enrollment: started?.enrollment ?? '', code });
    setProblem(written.problem);
    if (!written.data) return;
    const payload = written.data.confirmTotpEnrollment;
    setErrors(errorTexts(payload.errors));
    if (payload.errors.length > 0) return;
    if (payload.recoveryCodes) setCodes(payload.recoveryCodes);
    else onClose();
  };
  if (codes) return <RecoveryCodesDialog codes={codes} onDone={onClose} />;
  if (started) {
    return (
      <Dialog title={t`Set up an authenticator app`} onClose={onClose}>
        <AppSetup
          started={started}
          isSending={confirming.isSending}
          messages={errors}
          onConfirm={(code) => void confirm(code)}
          onCancel={onClose}
        />
        {problem && <ProblemNotice problem={problem} />}
      </Dialog>
    );
  }
  const action = { run: () => void start(), isSending: starting.isSending, problem, errors };
  return (
    <ActionDialog title={t`Set up an authenticator app?`} confirm={t`Set up`} action={action} onClose={onClose}>
      <p>
        <Trans>You need an app on your phone that shows codes. When it is set up, your other sessions end, and you are asked for a code when you sign in.</Trans>
      </p>
    </ActionDialog>
  );
}
