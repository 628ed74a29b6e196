import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import type { Permission } from '../gql/graphql';
import { messagesByField } from '../shared/api/fieldErrors';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { Button } from '../shared/ui/Button';
import { Actions, Dialog } from '../shared/ui/Dialog';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { useSaid } from '../shared/useSaid';
import access from '../users/access/access.module.css';
import { EndField } from '../users/access/EndField';
import { permissionWords } from '../users/permissionWords';
import { OtherMessages } from './OtherMessages';
import styles from './RequestsPage.module.css';
import { RequestAccess } from './requestsQuery';

const kinds = ['contractAccount', 'deliveryAccount', 'permission'] as const;
type Kind = (typeof kinds)[number];

const permissions = (Object.keys(permissionWords) as Permission[]).filter((name) => name !== 'SITES_SERVICES_VIEW');

/** Asks for an account, in words, or for a permission. */
export function RequestAccessDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const { t, i18n } = useLingui();
  const id = useId();
  const { send, isSending } = useWrite(RequestAccess);
  const [kind, setKind] = useState<Kind>('contractAccount');
  const [account, setAccount] = useState('');
  const [permission, setPermission] = useState<Permission>('SUPPORT_VIEW');
  const [endsAt, setEndsAt] = useState<string | undefined>();
  const [reason, setReason] = useState('');
  const [messages, setMessages] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const labels = { contractAccount: t`Contract account`, deliveryAccount: t`Delivery account`, permission: t`Permission` };
  const submit = async () => {
    setProblem(null);
    const input = { [kind]: kind === 'permission' ? permission : account, endsAt: endsAt || undefined, reason };
    const written = await send({ input });
    if (written.problem) {
      setProblem(written.problem);
      return;
    }
    const { errors } = written.data.requestAccess;
    setMessages(() => messagesByField(errors));
    if (errors.length === 0) onDone();
  };
  return (
    <Dialog title={t`Request access`} onClose={onClose}>
      <Form className={styles['form']} errors={messages} onSubmit={() => void (isSending || submit())}>
        <fieldset className={styles['group']}>
          <legend>
            <Trans>What you need</Trans>
          </legend>
          <div className={access['choices']}>
            {kinds.map((each) => (
              <label key={each} className={access['choice']}>
                <input type="radio" name={`${id}-kind`} checked={kind === each} onChange={() => setKind(each)} />
                {labels[each]}
              </label>
            ))}
          </div>
        </fieldset>
        {kind === 'permission' ? (
          <label className={styles['group']}>
            <span>
              <Trans>Which permission</Trans>
            </span>
            <select value={permission} onChange={(event) => setPermission(event.target.value as Permission)}>
              {permissions.map((name) => (
                <option key={name} value={name}>
                  {i18n._(permissionWords[name].name)}
                </option>
              ))}
            </select>
          </label>
        ) : (
          <TextField
            key={kind}
            name={kind}
            label={t`Which account`}
            description={t`Its name, or the code of one of its services. You are not told whether there is such an account.`}
            value={account}
            onChange={setAccount}
            maxLength={200}
            isRequired
          />
        )}
        <div className={styles['group']}>
          <span id={`${id}-end`}>
            <Trans>How long you need it</Trans>
          </span>
          <EndField of={`${id}-end`} value={endsAt} onChange={setEndsAt} errors={messages['endsAt']} />
        </div>
        <TextField name="reason" label={t`Why you need it`} value={reason} onChange={setReason} maxLength={500} isRequired />
        <OtherMessages messages={messages} fields={['reason', 'endsAt', ...(kind === 'permission' ? [] : [kind])]} />
        {problem && <ProblemNotice problem={problem} />}
        <Actions>
          <Button onPress={onClose}>
            <Trans>Cancel</Trans>
          </Button>
          <Button type="submit" variant="primary" isPending={isSending}>
            <Trans>Send request</Trans>
          </Button>
        </Actions>
      </Form>
    </Dialog>
  );
}
