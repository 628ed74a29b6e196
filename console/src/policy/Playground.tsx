import { Trans, useLingui } from '@lingui/react/macro';
import { useRef, useState } from 'react';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextArea } from 'react-aria-components/TextArea';
import { TextField } from 'react-aria-components/TextField';
import { Button } from '../shared/ui/Button';
import { LeaveDialog } from '../shared/ui/LeaveDialog';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { DiffReport } from './DiffReport';
import { Findings } from './Findings';
import type { Finding, InForce } from './policyQuery';
import styles from './policy.module.css';
import { useCheck } from './useCheck';
import { useComparison } from './useComparison';

/** A copy of the policy to edit: what is wrong with it is shown while one types, and what it would mean on request. */
export function Playground({ policy }: { policy: InForce }) {
  const { t } = useLingui();
  const [text, setText] = useState(policy.source);
  const field = useRef<HTMLTextAreaElement>(null);
  const { findings, problem: unchecked, isChecked, retry } = useCheck(text, policy.source);
  const { difference, problem, isComparing, compare, compared } = useComparison();
  const isEdited = text !== policy.source;
  const open = ({ line, column }: Finding) => {
    const lines = text.split('\n');
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    const place = start + Math.max(0, column - 1);
    field.current?.focus();
    field.current?.setSelectionRange(place, start + (lines[line - 1]?.length ?? 0));
  };
  return (
    <section className={styles['playground']} aria-label={t`Playground`}>
      <LeaveDialog isUnsaved={isEdited} />
      <p className={styles['quiet']}>
        <Trans>Edit this copy to see what it would mean. Nothing here comes into force, and nothing is stored.</Trans>
      </p>
      <TextField value={text} onChange={setText} className={styles['field']}>
        <Label className={styles['label']}>
          <Trans>Edited policy</Trans>
        </Label>
        <TextArea ref={field} rows={22} spellCheck={false} autoComplete="off" className={styles['editor']} />
        <Text slot="description" className={styles['quiet']}>
          <Trans>It is checked as you type. The comparison runs all checks of a server and takes up to some minutes.</Trans>
        </Text>
      </TextField>
      <p role="status" className={styles['quiet']}>
        {!isChecked ? <Trans>Checking …</Trans> : findings.length === 0 ? <Trans>No error found while typing.</Trans> : t`Errors: ${findings.length}`}
      </p>
      {unchecked && <ProblemNotice problem={unchecked} retry={retry} />}
      <Findings findings={findings} onOpen={open} />
      <div className={styles['row']}>
        <Button variant="primary" isPending={isComparing} onPress={() => void compare(text)}>
          {isComparing ? <Trans>Comparing …</Trans> : <Trans>Compare with the policy in force</Trans>}
        </Button>
        {isEdited && (
          <Button variant="quiet" onPress={() => setText(policy.source)}>
            <Trans>Discard the edit</Trans>
          </Button>
        )}
      </div>
      {problem && <ProblemNotice problem={problem} retry={() => void compare(text)} />}
      {difference && <DiffReport difference={difference} isOutdated={compared !== text} onOpen={open} />}
    </section>
  );
}
