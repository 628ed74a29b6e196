import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useRef, useState } from 'react';
import { Button } from './Button';
import styles from './CopyField.module.css';

interface CopyFieldProps {
  label: string;
  value: string;
}

/** A text to take elsewhere, with a button that copies it. Where the browser doesn't let the page copy, the text is selected. */
export function CopyField({ label, value }: CopyFieldProps) {
  const { t } = useLingui();
  const id = useId();
  const text = useRef<HTMLPreElement>(null);
  const [result, setResult] = useState<'copied' | 'selected' | null>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(value);
      setResult('copied');
    } catch {
      if (text.current) getSelection()?.selectAllChildren(text.current);
      setResult('selected');
    }
  };
  return (
    <div className={styles['field']} role="group" aria-labelledby={id}>
      <div className={styles['head']}>
        <span id={id}>{label}</span>
        <Button aria-label={t`Copy: ${label}`} onPress={() => void copy()}>
          <Trans>Copy</Trans>
        </Button>
      </div>
      {/* It scrolls, so that it is to be reached by keyboard. */}
      <pre ref={text} className={styles['text']} tabIndex={0} aria-labelledby={id} role="region">
        {value}
      </pre>
      <p role="status" className={styles['result']}>
        {result === 'copied' && <Trans>Copied.</Trans>}
        {result === 'selected' && <Trans>Your browser doesn’t let this page copy. The text is selected: copy it by keyboard.</Trans>}
      </p>
    </div>
  );
}
