import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { graphql } from '../../gql';
import { messagesByField } from '../../shared/api/fieldErrors';
import { useWrite } from '../../shared/api/operations';
import type { Problem } from '../../shared/api/problem';
import { beginViewAs } from '../../shared/api/viewAs';
import { Button } from '../../shared/ui/Button';
import { Actions, Dialog } from '../../shared/ui/Dialog';
import { Form } from '../../shared/ui/Form';
import { ProblemNotice } from '../../shared/ui/ProblemNotice';
import { TextField } from '../../shared/ui/TextField';
import { useSaid } from '../../shared/useSaid';
import type { MenuUser } from './menuUser';

const StartViewAs = graphql(`
  mutation StartViewAs($id: ID!, $reason: String!) {
    startViewAs(input: { id: $id, reason: $reason }) {
      endsAt
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Asks why the person wants to see what a user sees, and then shows the console as the user sees it. */
export function ViewAsDialog({ user, onClose }: { user: MenuUser; onClose: () => void }) {
  const { t } = useLingui();
  const { send, isSending } = useWrite(StartViewAs);
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [errors, setErrors] = useSaid<Record<string, string[]>>({});
  const start = async () => {
    const written = await send({ id: user.id, reason });
    setProblem(written.problem);
    if (written.problem) return;
    const found = written.data.startViewAs.errors;
    setErrors(() => messagesByField(found));
    if (found.length === 0) beginViewAs(user.id);
  };
  return (
    <Dialog title={t`View as ${user.displayName}?`} onClose={onClose}>
      <p>
        <Trans>For 30 minutes, this tab shows what the user sees. You can’t change anything. The user finds it in their activity.</Trans>
      </p>
      <Form errors={errors} onSubmit={() => void start()}>
        <TextField
          label={t`Reason`}
          name="reason"
          value={reason}
          onChange={setReason}
          isRequired
          maxLength={500}
          autoFocus
          description={t`The user can read it.`}
        />
        {errors['id']?.map((message) => (
          <p key={message} role="alert">
            {message}
          </p>
        ))}
        {problem && <ProblemNotice problem={problem} />}
        <Actions>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" isPending={isSending}>
            <Trans>View</Trans>
          </Button>
        </Actions>
      </Form>
    </Dialog>
  );
}
