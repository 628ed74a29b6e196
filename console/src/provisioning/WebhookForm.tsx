import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { auditKinds, kindWords } from '../activity/auditKinds';
import type { AuditKind } from '../gql/graphql';
import { type FieldError, messagesByField } from '../shared/api/fieldErrors';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { Button } from '../shared/ui/Button';
import { Actions, Dialog } from '../shared/ui/Dialog';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { useSaid } from '../shared/useSaid';
import styles from './ProvisioningPage.module.css';
import { SecretShown } from './WebhookDialogs';
import webhookStyles from './Webhooks.module.css';
import { CreateWebhook, type ListedWebhook, UpdateWebhook } from './webhooksQuery';

/** What most receivers want to hear of. */
const usual: readonly AuditKind[] = auditKinds.filter((kind) => /^(USER_(CREATED|INVITED|ACTIVATED|UPDATED|REMOVED|RESTORED)|ACCESS_REQUEST_)/.test(kind));

interface WebhookFormProps {
  organization: string;
  /** The webhook to change; a new one is added without. */
  webhook?: ListedWebhook;
  onClose: () => void;
}

/** Asks for the URL and the kinds of events; shows the secret of a new webhook. */
export function WebhookForm({ organization, webhook, onClose }: WebhookFormProps) {
  const { t } = useLingui();
  const create = useWrite(CreateWebhook);
  const update = useWrite(UpdateWebhook);
  const [url, setUrl] = useState(webhook?.url ?? 'https://');
  const [kinds, setKinds] = useState<readonly AuditKind[]>(webhook?.kinds ?? usual);
  const [messages, setMessages] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const isSending = create.isSending || update.isSending;

  const write = async (): Promise<{ problem: Problem | null; errors: readonly FieldError[]; secret: string | null }> => {
    if (webhook) {
      const { problem: found, data } = await update.send({ input: { id: webhook.webhookId, url, kinds: [...kinds] } });
      return { problem: found, errors: data?.updateWebhook.errors ?? [], secret: null };
    }
    const { problem: found, data } = await create.send({ input: { organization, url, kinds: [...kinds] } });
    return { problem: found, errors: data?.createWebhook.errors ?? [], secret: data?.createWebhook.secret ?? null };
  };
  const submit = async () => {
    setProblem(null);
    const written = await write();
    setProblem(written.problem);
    setMessages(() => messagesByField(written.errors));
    if (written.secret) setSecret(written.secret);
    else if (!written.problem && written.errors.length === 0) onClose();
  };
  if (secret) return <SecretShown secret={secret} onClose={onClose} />;
  return (
    <Dialog title={webhook ? t`Edit webhook` : t`New webhook`} role="alertdialog" onClose={onClose}>
      <Form className={styles['form']} errors={messages} onSubmit={() => !isSending && void submit()}>
        <TextField
          name="url"
          label={t`URL`}
          value={url}
          onChange={setUrl}
          maxLength={2000}
          isRequired
          autoFocus
          description={t`https, with the name of a public host. You become the owner: what you may see is sent.`}
        />
        <KindChoices chosen={kinds} onChange={setKinds} errors={messages['kinds']} />
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
            {webhook ? <Trans>Save</Trans> : <Trans>Add</Trans>}
          </Button>
        </Actions>
      </Form>
    </Dialog>
  );
}

interface KindChoicesProps {
  chosen: readonly AuditKind[];
  onChange: (chosen: AuditKind[]) => void;
  errors: readonly string[] | undefined;
}

function KindChoices({ chosen, onChange, errors }: KindChoicesProps) {
  const { i18n } = useLingui();
  const choose = (kind: AuditKind, isChosen: boolean) => onChange(auditKinds.filter((other) => (other === kind ? isChosen : chosen.includes(other))));
  return (
    <fieldset>
      <legend>
        <Trans>Events</Trans>
      </legend>
      <div className={webhookStyles['kinds']}>
        {auditKinds.map((kind) => (
          <label key={kind} className={webhookStyles['choice']}>
            <input type="checkbox" checked={chosen.includes(kind)} onChange={(event) => choose(kind, event.target.checked)} />
            {i18n._(kindWords[kind])}
          </label>
        ))}
      </div>
      {errors?.map((message) => (
        <p key={message} role="alert" className={webhookStyles['failure']}>
          {message}
        </p>
      ))}
    </fieldset>
  );
}
