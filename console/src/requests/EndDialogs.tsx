import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { messagesByField } from '../shared/api/fieldErrors';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { useAction } from '../shared/api/useAction';
import { ActionDialog } from '../shared/ui/ActionDialog';
import { Button } from '../shared/ui/Button';
import { Actions, Dialog } from '../shared/ui/Dialog';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { useSaid } from '../shared/useSaid';
import { OtherMessages } from './OtherMessages';
import styles from './RequestsPage.module.css';
import { Decline, type ListedRequest, Withdraw } from './requestsQuery';
import { useWanted } from './useWanted';

export interface RequestDialogProps {
  request: ListedRequest;
  onClose: () => void;
  onDone: () => void;
}

/** Declines a request, with a word for its requester. */
export function DeclineDialog({ request, onClose, onDone }: RequestDialogProps) {
  const { t } = useLingui();
  const wanted = useWanted(request);
  const { send, isSending } = useWrite(Decline);
  const [note, setNote] = useState('');
  const [messages, setMessages] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async () => {
    setProblem(null);
    const written = await send({ input: { id: request.id, note } });
    if (written.problem) {
      setProblem(written.problem);
      return;
    }
    const { errors } = written.data.declineAccessRequest;
    setMessages(() => messagesByField(errors));
    if (errors.length === 0) onDone();
  };
  return (
    <Dialog title={t`Decline ${wanted}?`} onClose={onClose}>
      <Form className={styles['form']} errors={messages} onSubmit={() => void (isSending || submit())}>
        <TextField name="note" label={t`Why`} description={t`The requester reads it.`} value={note} onChange={setNote} maxLength={500} isRequired />
        <OtherMessages messages={messages} fields={['note']} />
        {problem && <ProblemNotice problem={problem} />}
        <Actions>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="danger" isPending={isSending}>
            <Trans>Decline</Trans>
          </Button>
        </Actions>
      </Form>
    </Dialog>
  );
}

/** Takes back one's own request. */
export function WithdrawDialog({ request, onClose, onDone }: RequestDialogProps) {
  const { t } = useLingui();
  const wanted = useWanted(request);
  const action = useAction(Withdraw, { id: request.id }, (data) => data.withdrawAccessRequest, onDone);
  return (
    <ActionDialog title={t`Withdraw ${wanted}?`} confirm={t`Withdraw`} action={action} onClose={onClose}>
      <p>
        <Trans>Nobody can decide it any more. You can make a new request.</Trans>
      </p>
    </ActionDialog>
  );
}
