import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Button } from '../shared/ui/Button';
import { Actions } from '../shared/ui/Dialog';
import styles from './secondFactors.module.css';

/** New recovery codes, which the server shows this once, with ways to keep them. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const { t } = useLingui();
  const [isCopied, setCopied] = useState(false);
  const text = `${codes.join('\n')}\n`;
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      setCopied(false);
    }
  };
  return (
    <>
      <p>
        <strong>
          <Trans>You see these codes only now.</Trans>
        </strong>{' '}
        <Trans>Each of them signs you in once if you have lost your phone. Keep them where only you find them.</Trans>
      </p>
      <ol className={styles['codes']} aria-label={t`Recovery codes`}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <p role="status">{isCopied && <Trans>Copied.</Trans>}</p>
      <Actions>
        <Button onPress={() => void copy()}>
          <Trans>Copy</Trans>
        </Button>
        <Button onPress={() => save(text)}>
          <Trans>Download</Trans>
        </Button>
        <Button variant="primary" onPress={onDone}>
          <Trans>I have saved them</Trans>
        </Button>
      </Actions>
    </>
  );
}

function save(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = Object.assign(document.createElement('a'), { href: address, download: 'recovery-codes.txt' });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
