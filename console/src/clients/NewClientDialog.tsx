import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import type { Scope } from '../gql/graphql';
import { messagesByField } from '../shared/api/fieldErrors';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { Button } from '../shared/ui/Button';
import { Actions, Dialog } from '../shared/ui/Dialog';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { useSaid } from '../shared/useSaid';
import styles from './ClientsPage.module.css';
import { CreateApiClient } from './clientsQuery';
import { ScopeChoices } from './ScopeChoices';
import { SecretShown } from './SecretShown';

/** Asks for the name and the scopes of a new API client, and shows its secret. */
export function NewClientDialog({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const { send, isSending } = useWrite(CreateApiClient);
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>(['BASIC_READ']);
  const [messages, setMessages] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [created, setCreated] = useState<{ clientId: string; secret: string } | null>(null);

  const submit = async () => {
    setProblem(null);
    const written = await send({ name, scopes: [...scopes] });
    if (written.problem) {
      setProblem(written.problem);
      return;
    }
    const { apiClient, clientSecret, errors } = written.data.createApiClient;
    setMessages(() => messagesByField(errors));
    if (apiClient && clientSecret) setCreated({ clientId: apiClient.clientId, secret: clientSecret });
  };
  if (created) return <SecretShown {...created} name={name.trim()} onClose={onClose} />;
  return (
    <Dialog title={t`New API client`} role="alertdialog" onClose={onClose}>
      <Form className={styles['form']} errors={messages} onSubmit={() => !isSending && void submit()}>
        <TextField name="name" label={t`Name`} value={name} onChange={setName} maxLength={100} isRequired autoFocus description={t`What the program does, or where it runs.`} />
        <ScopeChoices chosen={scopes} onChange={setScopes} errors={messages['scopes']} />
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
