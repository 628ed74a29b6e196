import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { baseUrl } from '../shared/configuration';
import { messagesByField } from '../shared/api/fieldErrors';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { useAction } from '../shared/api/useAction';
import { ActionDialog } from '../shared/ui/ActionDialog';
import { Button } from '../shared/ui/Button';
import { CopyField } from '../shared/ui/CopyField';
import { Actions, Dialog } from '../shared/ui/Dialog';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { useSaid } from '../shared/useSaid';
import styles from './ProvisioningPage.module.css';
import { CreateScimToken, type ListedToken, RevokeScimToken } from './scimQuery';

interface DialogProps {
  onClose: () => void;
}

/** Asks for the name and the life of a new token, and shows it. */
export function NewScimTokenDialog({ onClose }: DialogProps) {
  const { t } = useLingui();
  const { send, isSending } = useWrite(CreateScimToken);
  const [name, setName] = useState('');
  const [days, setDays] = useState('365');
  const [messages, setMessages] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [token, setToken] = useState<string | null>(null);

  const submit = async () => {
    setProblem(null);
    const written = await send({ name, validDays: Number.parseInt(days, 10) || 0 });
    if (written.problem) {
      setProblem(written.problem);
      return;
    }
    const created = written.data.createScimToken;
    setMessages(() => messagesByField(created.errors));
    if (created.token) setToken(created.token);
  };
  if (token) return <TokenShown name={name.trim()} token={token} onClose={onClose} />;
  return (
    <Dialog title={t`New SCIM token`} role="alertdialog" onClose={onClose}>
      <Form className={styles['form']} errors={messages} onSubmit={() => !isSending && void submit()}>
        <TextField
          name="name"
          label={t`Name`}
          value={name}
          onChange={setName}
          maxLength={100}
          isRequired
          autoFocus
          description={t`The identity provider that is to use the token.`}
        />
        <TextField
          name="validDays"
          label={t`Days valid`}
          value={days}
          onChange={setDays}
          inputMode="numeric"
          maxLength={3}
          isRequired
          description={t`1 to 730. Replace the token before it ends.`}
        />
        {messages['']?.map((message) => (
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
            <Trans>Create</Trans>
          </Button>
        </Actions>
      </Form>
    </Dialog>
  );
}

/** A new token, which the server shows this once. The dialog stays until its button is pressed. */
function TokenShown({ name, token, onClose }: DialogProps & { name: string; token: string }) {
  const { t } = useLingui();
  return (
    <Dialog title={t`The SCIM token of ${name}`}>
      <p>
        <strong>
          <Trans>You see this token only now.</Trans>
        </strong>{' '}
        <Trans>Enter it with the base URL at your identity provider. If it gets lost, revoke it and create another one.</Trans>
      </p>
      <CopyField label={t`SCIM base URL`} value={`${baseUrl}/scim/v2`} />
      <CopyField label={t`Token`} value={token} />
      <Actions>
        <Button variant="primary" onPress={onClose}>
          <Trans>I have stored it</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}

/** Asks before a token ends for good. */
export function RevokeScimTokenDialog({ token, onClose }: DialogProps & { token: ListedToken }) {
  const { t } = useLingui();
  const action = useAction(RevokeScimToken, { id: token.tokenId }, (data) => data.revokeScimToken, onClose);
  const { name } = token;
  return (
    <ActionDialog title={t`Revoke ${name}?`} confirm={t`Revoke`} action={action} isDangerous onClose={onClose}>
      <p>
        <Trans>Your identity provider can no longer create, change or remove users with this token. Its users keep what they have.</Trans>
      </p>
    </ActionDialog>
  );
}
