import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { AddPasskey, type OwnPasskey, RemovePasskey, RenamePasskey, StartPasskey } from '../secondFactors/queries';
import { canUsePasskeys, makePasskey } from '../secondFactors/passkeys';
import { RecoveryCodesDialog } from '../secondFactors/RecoveryCodesDialog';
import { errorTexts } from '../shared/api/errorWords';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { useAction } from '../shared/api/useAction';
import { ActionDialog } from '../shared/ui/ActionDialog';
import { Button } from '../shared/ui/Button';
import { TextField } from '../shared/ui/TextField';
import styles from './AccountPage.module.css';

/** The passkeys of the person, with ways to add, rename and remove them. */
export function PasskeysList({ passkeys }: { passkeys: readonly OwnPasskey[] }) {
  const { t, i18n } = useLingui();
  const [open, setOpen] = useState<{ what: 'add' } | { what: 'rename' | 'remove'; passkey: OwnPasskey } | null>(null);
  const close = () => setOpen(null);
  const time = (value: string) => i18n.date(value, { dateStyle: 'medium' });
  return (
    <>
      {passkeys.length > 0 && (
        <ul className={styles['sessions']} aria-label={t`Passkeys`}>
          {passkeys.map((passkey) => {
            const { name } = passkey;
            const added = time(passkey.addedAt);
            return (
              <li key={passkey.id} className={styles['session']}>
                <div>
                  <h3>{name}</h3>
                  <p className={styles['facts']}>
                    <Trans>Passkey, added on {added}</Trans>
                  </p>
                </div>
                <div className={styles['choices']}>
                  <Button aria-label={t`Rename ${name}`} onPress={() => setOpen({ what: 'rename', passkey })}>
                    <Trans>Rename</Trans>
                  </Button>
                  <Button aria-label={t`Remove ${name}`} variant="danger" onPress={() => setOpen({ what: 'remove', passkey })}>
                    <Trans>Remove</Trans>
                  </Button>
                </div>
              </li>
            );
          })}
        </ul>
      )}
      {canUsePasskeys() && (
        <Button onPress={() => setOpen({ what: 'add' })}>
          <Trans>Add a passkey</Trans>
        </Button>
      )}
      {open?.what === 'add' && <AddDialog onClose={close} />}
      {open?.what === 'rename' && <RenameDialog passkey={open.passkey} onClose={close} />}
      {open?.what === 'remove' && <RemoveDialog passkey={open.passkey} onClose={close} />}
    </>
  );
}

function AddDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const starting = useWrite(StartPasskey);
  const adding = useWrite(AddPasskey);
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [errors, setErrors] = useState<readonly string[]>([]);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const run = async () => {
    const started = await starting.send({});
    setProblem(started.problem);
    if (!started.data) return;
    const { options, errors: refused } = started.data.startPasskeyRegistration;
    setErrors(errorTexts(refused));
    if (!options) return;
    const credential = await makePasskey(options);
    if (credential === null) {
      setErrors([t`No passkey was made.`]);
      return;
    }
    const added = await adding.send({ credential, name });
    setProblem(added.problem);
    if (!added.data) return;
    const payload = added.data.addPasskey;
    setErrors(errorTexts(payload.errors));
    if (payload.errors.length > 0) return;
    if (payload.recoveryCodes) setCodes(payload.recoveryCodes);
    else onClose();
  };
  if (codes) return <RecoveryCodesDialog codes={codes} onDone={onClose} />;
  const action = { run: () => void run(), isSending: starting.isSending || adding.isSending, problem, errors };
  return (
    <ActionDialog title={t`Add a passkey?`} confirm={t`Add`} action={action} onClose={onClose}>
      <p>
        <Trans>A passkey is a key on your device, which you unlock by PIN, face or fingerprint. It signs you in without a password. Your other sessions end.</Trans>
      </p>
      <TextField label={t`Name`} description={t`For example, that of the device.`} value={name} onChange={setName} maxLength={100} isRequired autoFocus />
    </ActionDialog>
  );
}

function RenameDialog({ passkey, onClose }: { passkey: OwnPasskey; onClose: () => void }) {
  const { t } = useLingui();
  const [name, setName] = useState(passkey.name);
  const action = useAction(RenamePasskey, { id: passkey.id, name }, (data) => data.renamePasskey, onClose);
  return (
    <ActionDialog title={t`Rename ${passkey.name}`} confirm={t`Save`} action={action} onClose={onClose}>
      <TextField label={t`Name`} value={name} onChange={setName} maxLength={100} isRequired autoFocus />
    </ActionDialog>
  );
}

function RemoveDialog({ passkey, onClose }: { passkey: OwnPasskey; onClose: () => void }) {
  const { t } = useLingui();
  const action = useAction(RemovePasskey, { id: passkey.id }, (data) => data.removePasskey, onClose);
  return (
    <ActionDialog title={t`Remove ${passkey.name}?`} confirm={t`Remove`} action={action} isDangerous onClose={onClose}>
      <p>
        <Trans>It no longer signs you in. Remove it from the device, too. Your other sessions end.</Trans>
      </p>
    </ActionDialog>
  );
}
