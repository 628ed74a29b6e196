import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import { NewRecoveryCodes, type OwnSecondFactors, RemoveApp } from '../secondFactors/queries';
import { RecoveryCodesDialog } from '../secondFactors/RecoveryCodesDialog';
import { errorTexts } from '../shared/api/errorWords';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { useAction } from '../shared/api/useAction';
import { ActionDialog } from '../shared/ui/ActionDialog';
import { Button } from '../shared/ui/Button';
import { Skeleton } from '../shared/ui/Skeleton';
import styles from './AccountPage.module.css';
import { PasskeysList } from './PasskeysList';
import { SetUpAppDialog } from './SetUpAppDialog';

interface SecondFactorsSectionProps {
  /** Undefined until they are known. */
  factors: OwnSecondFactors | undefined;
}

/** What one gives in addition to the password: an authenticator app, and the codes that replace it. */
export function SecondFactorsSection({ factors }: SecondFactorsSectionProps) {
  const { i18n } = useLingui();
  const id = useId();
  const [open, setOpen] = useState<'app' | 'remove' | 'codes' | null>(null);
  const close = () => setOpen(null);
  const app = factors?.app;
  const added = app && i18n.date(app.addedAt, { dateStyle: 'medium' });
  return (
    <section className={styles['section']} aria-labelledby={id} aria-busy={!factors}>
      <h2 id={id}>
        <Trans>Second factors</Trans>
      </h2>
      <p className={styles['quiet']}>
        <Trans>With a second factor, nobody signs in as you who only knows your password.</Trans>{' '}
        {factors?.isRequired && <Trans>You need one to sign in.</Trans>}
      </p>
      {!factors && <Skeleton width={0.4} />}
      {factors && !app && (
        <Button variant="primary" onPress={() => setOpen('app')}>
          <Trans>Set up an authenticator app</Trans>
        </Button>
      )}
      {factors && app && (
        <>
          <p>
            <Trans>Authenticator app, set up on {added}.</Trans>
          </p>
          <div className={styles['choices']}>
            <Button onPress={() => setOpen('app')}>
              <Trans>Set up another app</Trans>
            </Button>
            {(!factors.isRequired || factors.passkeys.length > 0) && (
              <Button variant="danger" onPress={() => setOpen('remove')}>
                <Trans>Remove the app</Trans>
              </Button>
            )}
          </div>
        </>
      )}
      {factors && (app ?? factors.passkeys.length > 0) && (
        <p>
          <Plural value={factors.recoveryCodesLeft} one="# recovery code is left." other="# recovery codes are left." />{' '}
          <Button onPress={() => setOpen('codes')}>
            <Trans>New recovery codes</Trans>
          </Button>
        </p>
      )}
      {factors && <PasskeysList passkeys={factors.passkeys} />}
      {open === 'app' && <SetUpAppDialog onClose={close} />}
      {open === 'remove' && <RemoveAppDialog onClose={close} />}
      {open === 'codes' && <NewCodesDialog onClose={close} />}
    </section>
  );
}

function RemoveAppDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const action = useAction(RemoveApp, {}, (data) => data.removeTotp, onClose);
  return (
    <ActionDialog title={t`Remove the authenticator app?`} confirm={t`Remove the app`} action={action} isDangerous onClose={onClose}>
      <p>
        <Trans>Its codes stop working, and your recovery codes if you have no other second factor. Your other sessions end.</Trans>
      </p>
    </ActionDialog>
  );
}

function NewCodesDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const { send, isSending } = useWrite(NewRecoveryCodes);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [errors, setErrors] = useState<readonly string[]>([]);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const run = async () => {
    const written = await send({});
    setProblem(written.problem);
    if (!written.data) return;
    const payload = written.data.createRecoveryCodes;
    setErrors(errorTexts(payload.errors));
    setCodes(payload.recoveryCodes ?? null);
  };
  if (codes) return <RecoveryCodesDialog codes={codes} onDone={onClose} />;
  const action = { run: () => void run(), isSending, problem, errors };
  return (
    <ActionDialog title={t`Create new recovery codes?`} confirm={t`Create codes`} action={action} onClose={onClose}>
      <p>
        <Trans>The codes that you have stop working. Your other sessions end.</Trans>
      </p>
    </ActionDialog>
  );
}
