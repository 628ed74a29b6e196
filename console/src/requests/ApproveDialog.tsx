import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import { messagesByField } from '../shared/api/fieldErrors';
import { useRead, useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { Button } from '../shared/ui/Button';
import { Actions, Dialog } from '../shared/ui/Dialog';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { useSaid } from '../shared/useSaid';
import { EndField } from '../users/access/EndField';
import { AccountChoice } from './AccountChoice';
import { approvalPreview } from './approvalPreview';
import type { RequestDialogProps } from './EndDialogs';
import { Gains } from './Gains';
import { OtherMessages } from './OtherMessages';
import styles from './RequestsPage.module.css';
import { AccountsToGive, Approve } from './requestsQuery';
import { useWanted } from './useWanted';

/** Gives a requester what they ask for, after it has shown what that is. */
export function ApproveDialog({ request, onClose, onDone }: RequestDialogProps) {
  const { t } = useLingui();
  const id = useId();
  const wanted = useWanted(request);
  const { send, isSending } = useWrite(Approve);
  const [search, setSearch] = useState('');
  const [account, setAccount] = useState<string | undefined>();
  const [endsAt, setEndsAt] = useState<string | undefined>(request.endsAt ?? undefined);
  const [note, setNote] = useState('');
  const [messages, setMessages] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const isUnclear = !request.permission && !request.contractAccount && !request.deliveryAccount;
  const read = useRead(AccountsToGive, { search: search || undefined }, { pause: !isUnclear });
  const preview = approvalPreview(request, account);
  const submit = async () => {
    setProblem(null);
    const end = endsAt && endsAt !== request.endsAt ? endsAt : undefined;
    const written = await send({ input: { id: request.id, endsAt: end, account, note: note || undefined } });
    if (written.problem) {
      setProblem(written.problem);
      return;
    }
    const { errors } = written.data.approveAccessRequest;
    setMessages(() => messagesByField(errors));
    if (errors.length === 0) onDone();
  };
  return (
    <Dialog title={t`Approve ${wanted}?`} onClose={onClose}>
      <Form className={styles['form']} errors={messages} onSubmit={() => void (isSending || submit())}>
        {isUnclear && (
          <AccountChoice
            found={read.data?.viewer?.assignable?.[request.kind === 'CONTRACT_ACCOUNT' ? 'contractAccounts' : 'deliveryAccounts'].nodes}
            search={search}
            onSearch={setSearch}
            chosen={account}
            onChoose={setAccount}
            errors={messages['account']}
          />
        )}
        {read.problem && <ProblemNotice problem={read.problem} retry={read.retry} />}
        {preview && <Gains input={preview} permissions={request.permission ? [request.permission] : []} />}
        <div className={styles['group']}>
          <span id={`${id}-end`}>
            <Trans>How long they have it</Trans>
          </span>
          <EndField of={`${id}-end`} value={endsAt} onChange={setEndsAt} errors={messages['endsAt']} />
        </div>
        <TextField name="note" label={t`Note`} description={t`The requester reads it.`} value={note} onChange={setNote} maxLength={500} />
        <OtherMessages messages={messages} fields={['note', 'endsAt', 'account']} />
        {problem && <ProblemNotice problem={problem} />}
        <Actions>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" isPending={isSending}>
            <Trans>Approve</Trans>
          </Button>
        </Actions>
      </Form>
    </Dialog>
  );
}
