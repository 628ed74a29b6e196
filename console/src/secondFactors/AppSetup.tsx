import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Button } from '../shared/ui/Button';
import { CopyField } from '../shared/ui/CopyField';
import { Actions } from '../shared/ui/Dialog';
import { Form } from '../shared/ui/Form';
import { QrCode } from './QrCode';
import { CodeField } from './CodeField';
import type { StartedEnrollment } from './queries';
import styles from './secondFactors.module.css';

interface AppSetupProps {
  started: StartedEnrollment;
  isSending: boolean;
  /** What is wrong with the code. */
  messages: readonly string[];
  onConfirm: (code: string) => void;
  onCancel: () => void;
}

/** The key for an authenticator app, as a QR code and as text, and the field for its first code. */
export function AppSetup({ started, isSending, messages, onConfirm, onCancel }: AppSetupProps) {
  const { t } = useLingui();
  const [code, setCode] = useState('');
  const { secret, qrCode } = started;
  return (
    <Form className={styles['form']} onSubmit={() => !isSending && onConfirm(code)}>
      <p>
        <Trans>Scan this with an authenticator app on your phone. If you can’t, type the key into the app.</Trans>
      </p>
      {qrCode && <QrCode size={qrCode.size} path={qrCode.path} />}
      <CopyField label={t`Key`} value={secret ?? ''} />
      <CodeField label={t`Code that the app shows`} value={code} onChange={setCode} />
      {messages.map((message) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
      <Actions>
        <Button onPress={onCancel}>
          <Trans>Cancel</Trans>
        </Button>
        <Button type="submit" variant="primary" isPending={isSending}>
          <Trans>Confirm</Trans>
        </Button>
      </Actions>
    </Form>
  );
}
