import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import { graphql } from '../gql';
import { messagesByField } from '../shared/api/fieldErrors';
import { useRead, useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { type PickedUser, UserPicker } from '../shared/people/UserPicker';
import { Button } from '../shared/ui/Button';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { useSaid } from '../shared/useSaid';
import { ConfigureSingleSignOn, type Provider } from './singleSignOnQuery';
import styles from './SingleSignOn.module.css';

const NewUserTemplates = graphql(`
  query NewUserTemplates {
    accessTemplates(first: 100) {
      nodes {
        id
        name
      }
    }
  }
`);

/** Whether users must sign in at the provider, who needn't, and who becomes a user by signing in. */
export function RequirementForm({ organization, provider }: { organization: string; provider: Provider }) {
  const { t } = useLingui();
  const id = useId();
  const { send, isSending } = useWrite(ConfigureSingleSignOn);
  const { data } = useRead(NewUserTemplates, {});
  const [isRequired, setRequired] = useState(provider.required);
  const [admin, setAdmin] = useState<PickedUser | null>(
    provider.breakGlassUser && { id: provider.breakGlassUser.id, name: provider.breakGlassUser.displayName },
  );
  const [template, setTemplate] = useState(provider.newUserTemplate?.id ?? '');
  const [messages, setMessages] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSaved, setSaved] = useState(false);
  const save = async () => {
    setProblem(null);
    setSaved(false);
    const chosen = template === (provider.newUserTemplate?.id ?? '') ? {} : { newUserTemplate: template || null };
    const written = await send({ input: { organization, required: isRequired, breakGlassUser: admin?.id ?? null, ...chosen } });
    setProblem(written.problem);
    if (written.problem) return;
    const { errors } = written.data.configureSingleSignOn;
    setMessages(() => messagesByField(errors));
    setSaved(errors.length === 0);
  };
  return (
    <Form className={styles['form']} errors={messages} onSubmit={() => void (isSending || save())}>
      <label className={styles['choice']}>
        <input type="checkbox" name="required" checked={isRequired} onChange={({ target }) => setRequired(target.checked)} />
        <Trans>Require single sign-on</Trans>
      </label>
      <p className={styles['quiet']}>
        <Trans>Then nobody signs in by password, except one admin for when the provider is down. Each time, all admins who may change this get an email.</Trans>
      </p>
      <UserPicker label={t`Admin for emergencies`} chosen={admin} onChange={setAdmin} />
      {provider.breakGlassUser && provider.breakGlassUser.status !== 'ACTIVE' && (
        <p role="alert">
          <Trans>This admin isn’t active any more. Choose another one.</Trans>
        </p>
      )}
      <div className={styles['select']}>
        <label htmlFor={id}>
          <Trans>Template for new users</Trans>
        </label>
        <select id={id} name="newUserTemplate" value={template} onChange={({ target }) => setTemplate(target.value)}>
          <option value="">{t`Nobody becomes a user by signing in`}</option>
          {data?.accessTemplates.nodes.map((node) => (
            <option key={node.id} value={node.id}>
              {node.name}
            </option>
          ))}
        </select>
      </div>
      {provider.newUsersBy && <NewUsersBy name={provider.newUsersBy.displayName} />}
      {Object.values(messages)
        .flat()
        .map((message) => (
          <p key={message} role="alert">
            {message}
          </p>
        ))}
      {problem && <ProblemNotice problem={problem} />}
      <Button type="submit" variant="primary" isPending={isSending}>
        <Trans>Save</Trans>
      </Button>
      <div role="status">
        {isSaved && (
          <p className={styles['done']}>
            <Trans>The settings are saved.</Trans>
          </p>
        )}
      </div>
    </Form>
  );
}

function NewUsersBy({ name }: { name: string }) {
  return (
    <p className={styles['quiet']}>
      <Trans>People whose email is of a verified domain become users with this template. They are created in the name of {name}, as long as {name} may give all that it holds.</Trans>
    </p>
  );
}
