import { Plural, Trans } from '@lingui/react/macro';
import { type DragEvent, type Ref, useState } from 'react';
import { FileTrigger } from 'react-aria-components/FileTrigger';
import { FieldError } from 'react-aria-components/FieldError';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField } from 'react-aria-components/TextField';
import { Button } from '../../shared/ui/Button';
import styles from './invite.module.css';
import { parseEmails } from './parseEmails';
import { decoded, isBinary, LARGEST } from './readFile';

interface EmailsFieldProps {
  text: string;
  onChange: (text: string) => void;
  /** How many addresses there are. */
  count: number;
  /** Why they can't be sent. */
  messages: readonly string[];
  ref: Ref<HTMLTextAreaElement>;
}

/** The addresses: typed, pasted, or taken from files, which are added to what is there. */
export function EmailsField({ text, onChange, count, messages, ref }: EmailsFieldProps) {
  const [refused, setRefused] = useState<{ name: string; isTooLarge: boolean } | null>(null);
  const [isOver, setOver] = useState(false);
  const add = async (files: FileList | null) => {
    setRefused(null);
    const found: string[] = [];
    for (const file of files ?? []) {
      const { name, size } = file;
      const content = size > LARGEST ? '' : decoded(new Uint8Array(await file.arrayBuffer()));
      const emails = isBinary(content) ? [] : parseEmails(content);
      if (emails.length === 0) setRefused({ name, isTooLarge: size > LARGEST });
      found.push(...emails.map(({ email }) => email));
    }
    if (found.length > 0) onChange([...(text.trim() === '' ? [] : [text.trimEnd()]), ...found].join('\n'));
  };
  const drop = (event: DragEvent) => {
    setOver(false);
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    void add(event.dataTransfer.files);
  };
  const drag = (event: DragEvent) => {
    if (!event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    setOver(true);
  };
  return (
    <div className={styles['emails']} onDragOver={drag} onDragLeave={() => setOver(false)} onDrop={drop}>
      <TextField value={text} onChange={onChange} isInvalid={messages.length > 0} className={styles['field']}>
        <Label className={styles['label']}>
          <Trans>Email addresses</Trans>
        </Label>
        <TextArea ref={ref} rows={7} spellCheck={false} autoComplete="off" data-over={isOver || undefined} className={styles['text']} />
        <FieldError className={styles['error']}>{messages.join(' ')}</FieldError>
        <Text slot="description" className={styles['status']}>
          <Trans>One on each line, or separated by commas. You can paste them with names, or drop a CSV or text file here.</Trans>
        </Text>
      </TextField>
      <div className={styles['row']}>
        <FileTrigger acceptedFileTypes={['.csv', '.txt', '.tsv', 'text/csv', 'text/plain']} allowsMultiple onSelect={(files) => void add(files)}>
          <Button>
            <Trans>Choose a file</Trans>
          </Button>
        </FileTrigger>
        <span className={styles['status']}>
          <Plural value={count} one="# email address" other="# email addresses" />
        </span>
      </div>
      <p role="alert" className={styles['error']}>
        {refused && <RefusedFile {...refused} />}
      </p>
    </div>
  );
}

/** Why nothing was taken from a file. */
function RefusedFile({ name, isTooLarge }: { name: string; isTooLarge: boolean }) {
  return isTooLarge ? (
    <Trans>{name} is too large. Choose a file with fewer lines.</Trans>
  ) : (
    <Trans>{name} contains no email addresses. Choose a CSV or text file.</Trans>
  );
}
