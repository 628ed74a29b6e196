import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { messagesByField } from '../shared/api/fieldErrors';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { Button } from '../shared/ui/Button';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { useSaid } from '../shared/useSaid';
import { ConfigureSingleSignOn, type Provider } from './singleSignOnQuery';
import styles from './SingleSignOn.module.css';

/** Issuer, client ID and client secret. They are tested when they are saved, and can be tested again. */
export function ProviderForm({ organization, provider }: { organization: string; provider: Provider | null }) {
  const { t } = useLingui();
  const { send, isSending } = useWrite(ConfigureSingleSignOn);
  const [issuer, setIssuer] = useState(provider?.issuer ?? '');
  const [clientId, setClientId] = useState(provider?.clientId ?? '');
  const [clientSecret, setSecret] = useState('');
  const [messages, setMessages] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSaved, setSaved] = useState(false);
  const save = async () => {
    setProblem(null);
    setSaved(false);
    const secret = clientSecret === '' ? {} : { clientSecret };
    const written = await send({ input: { organization, issuer: issuer.trim(), clientId: clientId.trim(), ...secret } });
    setProblem(written.problem);
    if (written.problem) return;
    const { errors } = written.data.configureSingleSignOn;
    setMessages(() => messagesByField(errors));
    setSaved(errors.length === 0);
    if (errors.length === 0) setSecret('');
  };
  return (
    <Form className={styles['form']} errors={messages} onSubmit={() => void (isSending || save())}>
      <TextField
        name="issuer"
        label={t`Issuer`}
        description={t`As the provider publishes it, for example https://login.acme.example`}
        inputMode="url"
        value={issuer}
        onChange={setIssuer}
        isRequired
      />
      <TextField name="clientId" label={t`Client ID`} autoComplete="off" value={clientId} onChange={setClientId} isRequired />
      <TextField
        name="clientSecret"
        label={t`Client secret`}
        description={provider ? t`Empty: the stored one stays. It is never shown.` : t`It is stored encrypted and never shown.`}
        type="password"
        autoComplete="off"
        value={clientSecret}
        onChange={setSecret}
        isRequired={!provider}
      />
      {['organization', 'required', ''].flatMap((field) => messages[field] ?? []).map((message) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
      {problem && <ProblemNotice problem={problem} />}
      <Button type="submit" variant="primary" isPending={isSending}>
        <Trans>Test and save</Trans>
      </Button>
      <div role="status">
        {isSaved && (
          <p className={styles['done']}>
            <Trans>The provider answers as it should. Try it on “My account”: link your own identity.</Trans>
          </p>
        )}
      </div>
    </Form>
  );
}
