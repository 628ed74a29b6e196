import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { messagesByField } from '../shared/api/fieldErrors';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { useAction } from '../shared/api/useAction';
import { ActionDialog } from '../shared/ui/ActionDialog';
import { Badge } from '../shared/ui/Badge';
import { Button } from '../shared/ui/Button';
import { CopyField } from '../shared/ui/CopyField';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { useSaid } from '../shared/useSaid';
import { AddSignInDomain, type Domain, RemoveSignInDomain, VerifySignInDomain } from './singleSignOnQuery';
import styles from './SingleSignOn.module.css';

/** The domains of the organization, each with the record that proves whose it is. */
export function DomainsPart({ organization, domains }: { organization: string; domains: readonly Domain[] }) {
  const { t } = useLingui();
  return (
    <div className={styles['part']}>
      <p className={styles['quiet']}>
        <Trans>
          Users whose email address is of one of these domains are led to your provider. For each, add the TXT record to the DNS, and leave it
          there: it is looked for every day.
        </Trans>
      </p>
      <ul className={styles['domains']} aria-label={t`Domains`}>
        {domains.map((domain) => (
          <DomainItem key={domain.domainId} domain={domain} />
        ))}
      </ul>
      <NewDomainForm organization={organization} />
    </div>
  );
}

function DomainItem({ domain }: { domain: Domain }) {
  const { t } = useLingui();
  const [isRemoving, setRemoving] = useState(false);
  const verify = useAction(VerifySignInDomain, { id: domain.domainId }, (data) => data.verifySignInDomain, () => undefined);
  return (
    <li className={styles['domain']}>
      <h4>
        {domain.domain}
        <Badge tone={domain.verifiedAt ? 'good' : 'neutral'}>{domain.verifiedAt ? t`Verified` : t`Not verified`}</Badge>
      </h4>
      {domain.verifiedAt && domain.missingSince && (
        <p role="alert">
          <Trans>The TXT record is missing. After 7 days, the domain counts no longer.</Trans>
        </p>
      )}
      {(!domain.verifiedAt || domain.missingSince) && (
        <>
          <CopyField label={t`Name of the TXT record`} value={domain.recordName} />
          <CopyField label={t`Text of the TXT record`} value={domain.recordText} />
        </>
      )}
      {verify.problem && <ProblemNotice problem={verify.problem} />}
      {verify.errors.map((message) => (
        <p key={message} role="alert">
          {message}
        </p>
      ))}
      <div className={styles['actions']}>
        {(!domain.verifiedAt || domain.missingSince) && (
          <Button isPending={verify.isSending} onPress={verify.run} aria-label={t`Verify ${domain.domain}`}>
            <Trans>Verify</Trans>
          </Button>
        )}
        <Button variant="quiet" onPress={() => setRemoving(true)} aria-label={t`Remove ${domain.domain}`}>
          <Trans>Remove</Trans>
        </Button>
      </div>
      {isRemoving && <RemoveDialog domain={domain} onClose={() => setRemoving(false)} />}
    </li>
  );
}

function RemoveDialog({ domain, onClose }: { domain: Domain; onClose: () => void }) {
  const { t } = useLingui();
  const action = useAction(RemoveSignInDomain, { id: domain.domainId }, (data) => data.removeSignInDomain, onClose);
  const name = domain.domain;
  return (
    <ActionDialog title={t`Remove ${name}?`} confirm={t`Remove`} action={action} isDangerous onClose={onClose}>
      <p>
        <Trans>Users with an email address of this domain are no longer led to your provider. They can still begin with your sign-in link.</Trans>
      </p>
    </ActionDialog>
  );
}

function NewDomainForm({ organization }: { organization: string }) {
  const { t } = useLingui();
  const { send, isSending } = useWrite(AddSignInDomain);
  const [domain, setDomain] = useState('');
  const [messages, setMessages] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const add = async () => {
    setProblem(null);
    const written = await send({ organization, domain });
    setProblem(written.problem);
    if (written.problem) return;
    const { errors } = written.data.addSignInDomain;
    setMessages(() => messagesByField(errors));
    if (errors.length === 0) setDomain('');
  };
  return (
    <Form className={styles['form']} errors={messages} onSubmit={() => void (isSending || add())}>
      <TextField name="domain" label={t`New domain`} description={t`For example acme.example`} value={domain} onChange={setDomain} isRequired />
      {problem && <ProblemNotice problem={problem} />}
      <Button type="submit" isPending={isSending}>
        <Trans>Add domain</Trans>
      </Button>
    </Form>
  );
}
