import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { Button } from '../../shared/ui/Button';
import { Actions, Dialog } from '../../shared/ui/Dialog';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import access from '../access/access.module.css';
import { type BulkChoice, type BulkKind, bulkKinds, noChange } from './bulkChange';
import { GrantFields, UntilField } from './BulkFields';
import { BulkResults } from './BulkResults';
import { useBulkChange } from './useBulkChange';

const kindWords: Record<BulkKind, MessageDescriptor> = {
  give: msg`Give access`,
  take: msg`Take access away`,
  end: msg`Set an end`,
  extend: msg`Extend what ends`,
  resend: msg`Resend activation emails`,
  remove: msg`Remove`,
};

interface ChangeUsersDialogProps {
  users: string[];
  kind: BulkKind;
  /** Called with whether something was changed. */
  onClose: (isChanged: boolean) => void;
}

/** One change of many users: chosen, checked, then made. */
export function ChangeUsersDialog({ users, kind, onClose }: ChangeUsersDialogProps) {
  const { t, i18n } = useLingui();
  const [choice, setChoice] = useState<BulkChoice>({ ...noChange, kind });
  const { outcome, problem, sending, send, reset } = useBulkChange(users);
  const number = users.length;
  const isDone = outcome?.isDryRun === false && outcome.isPossible;
  const change = (part: Partial<BulkChoice>) => {
    setChoice({ ...choice, ...part });
    reset();
  };
  return (
    <Dialog title={number === 1 ? t`Change 1 user` : t`Change ${number} users`} onClose={() => onClose(isDone)}>
      {!isDone && (
        <>
          <fieldset className={access['choices']}>
            <legend className="visually-hidden">
              <Trans>Change</Trans>
            </legend>
            {bulkKinds.map((each) => (
              <label key={each} className={access['choice']}>
                <input type="radio" name="bulk-kind" checked={choice.kind === each} onChange={() => change({ kind: each })} />
                {i18n._(kindWords[each])}
              </label>
            ))}
          </fieldset>
          {(choice.kind === 'give' || choice.kind === 'take') && <GrantFields choice={choice} onChange={change} />}
          {choice.kind === 'end' && (
            <UntilField choice={choice} onChange={change} label={t`Until`}>
              <Trans>For each permission and each listed account. Without a time, nothing ends. Access to all accounts can’t end.</Trans>
            </UntilField>
          )}
          {choice.kind === 'extend' && (
            <UntilField choice={choice} onChange={change} label={t`Until`}>
              <Trans>For everything that ends before.</Trans>
            </UntilField>
          )}
          {choice.kind === 'remove' && (
            <p>
              <Trans>They are signed out at once, and their API clients stop working. The contact records are kept, so that you can restore them.</Trans>
            </p>
          )}
          <label className={access['choice']}>
            <input type="checkbox" checked={choice.isPartial} onChange={({ target }) => change({ isPartial: target.checked })} />
            <Trans>Change the others if some can’t be changed</Trans>
          </label>
        </>
      )}
      {problem && <ProblemNotice problem={problem} />}
      {outcome && <BulkResults outcome={outcome} />}
      <Actions>
        <Button onPress={() => onClose(isDone)}>{isDone ? <Trans>Close</Trans> : <Trans>Cancel</Trans>}</Button>
        {!isDone && (
          <Button
            isPending={sending === 'check'}
            isDisabled={choice.kind === 'extend' && choice.until === ''}
            onPress={() => void send(choice, { isDryRun: true })}
          >
            <Trans>Check</Trans>
          </Button>
        )}
        {outcome?.isDryRun && outcome.isPossible && (
          <Button
            variant={choice.kind === 'remove' ? 'danger' : 'primary'}
            isPending={sending === 'change'}
            onPress={() => void send(choice, { isDryRun: false })}
          >
            {choice.kind === 'remove' ? (
              <Plural value={outcome.changed} one="Remove # user" other="Remove # users" />
            ) : (
              <Plural value={outcome.changed} one="Change # user" other="Change # users" />
            )}
          </Button>
        )}
      </Actions>
    </Dialog>
  );
}
