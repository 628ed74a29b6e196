import { Trans, useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { flushSync } from 'react-dom';
import { NotFoundPage } from '../frame/FailedPage';
import { useViewer } from '../session/session';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { useSaid } from '../shared/useSaid';
import { Button } from '../shared/ui/Button';
import { Actions } from '../shared/ui/Dialog';
import { Form } from '../shared/ui/Form';
import { LeaveDialog } from '../shared/ui/LeaveDialog';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { useTitle } from '../shared/useTitle';
import { KindChoice, PersonFields } from '../users/person/PersonFields';
import { NamesField } from './NamesField';
import { inputOf, messagesOf, type NewOrganization, NOTHING } from './newOrganization';
import styles from './organizations.module.css';
import { CreateOrganization } from './queries';

/** Adds an organization with its first accounts and its first admin. */
export function NewOrganizationPage() {
  const { t } = useLingui();
  useTitle(t`Add organization`);
  return useViewer().viewerCan.includes('CREATE_ORGANIZATION') ? <OrganizationForm /> : <NotFoundPage />;
}

function OrganizationForm() {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { send, isSending } = useWrite(CreateOrganization);
  const [draft, setDraft] = useState<NewOrganization>(NOTHING);
  const [errors, setErrors] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isDone, setDone] = useState(false);
  const change = (changed: Partial<NewOrganization>) => setDraft({ ...draft, ...changed });
  const submit = async () => {
    setErrors(() => ({}));
    const { data, problem: failed } = await send({ input: inputOf(draft) });
    setProblem(failed);
    if (!data) return;
    const { organization, errors: found } = data.createOrganization;
    setErrors(() => messagesOf(found));
    if (!organization) return;
    flushSync(() => setDone(true));
    await navigate({ to: '/organizations/$id', params: { id: organization.id } });
  };
  return (
    <div className={styles['page']}>
      <LeaveDialog isUnsaved={!isDone && draft !== NOTHING} />
      <h1>
        <Trans>Add organization</Trans>
      </h1>
      <Form className={styles['form']} errors={errors} onSubmit={() => !isSending && void submit()}>
        <TextField name="name" label={t`Name`} maxLength={200} autoComplete="off" value={draft.name} onChange={(name) => change({ name })} isRequired />
        <NamesField
          label={t`Contract accounts`}
          description={t`The legal entities with which services are signed: a name on each line.`}
          text={draft.contracts}
          onChange={(contracts) => change({ contracts })}
          messages={errors['contractAccounts'] ?? []}
        />
        <NamesField
          label={t`Delivery accounts`}
          description={t`The end customers to which services are delivered: a name on each line.`}
          text={draft.deliveries}
          onChange={(deliveries) => change({ deliveries })}
          messages={errors['deliveryAccounts'] ?? []}
        />
        <fieldset>
          <legend>
            <Trans>First admin</Trans>
          </legend>
          <p className={styles['quiet']}>
            <Trans>They get access to everything in the organization, and an email with a link to activate it.</Trans>
          </p>
          <KindChoice kind={draft.kind} onChange={(kind) => change({ kind })} />
          <TextField
            name="email"
            label={t`Email address`}
            type="email"
            autoComplete="off"
            value={draft.email}
            onChange={(email) => change({ email })}
            isRequired
          />
          <PersonFields person={draft} onChange={change} areNamesRequired />
        </fieldset>
        <p role="alert" className={styles['error']}>
          {errors['']?.join(' ')}
        </p>
        {problem && <ProblemNotice problem={problem} retry={() => void submit()} />}
        <Actions>
          <Button type="submit" variant="primary" isPending={isSending}>
            {isSending ? <Trans>Saving …</Trans> : <Trans>Save</Trans>}
          </Button>
        </Actions>
      </Form>
    </div>
  );
}
