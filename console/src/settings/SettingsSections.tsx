import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useId, useState } from 'react';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { useSaid } from '../shared/useSaid';
import { Button } from '../shared/ui/Button';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { DormantNotice } from './DormantNotice';
import styles from './SettingsPage.module.css';
import { ANNOUNCEMENTS, formOf, inputOf, messagesOf } from './settingsForm';
import { type StoredSettings, UpdateSettings } from './settingsQuery';

/** The form of the settings, with one button for all of them. */
export function SettingsSections({ organization, stored }: { organization: string; stored: StoredSettings }) {
  const { t } = useLingui();
  const { send, isSending } = useWrite(UpdateSettings);
  const [form, setForm] = useState(() => formOf(stored));
  const [messages, setMessages] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const [isSaved, setSaved] = useState(false);
  const change = (part: Partial<typeof form>) => {
    setSaved(false);
    setForm({ ...form, ...part });
  };
  const save = async () => {
    setProblem(null);
    const written = await send({ input: inputOf(organization, form) });
    setProblem(written.problem);
    if (written.problem) return;
    const { errors, organization: saved } = written.data.updateOrganizationSettings;
    setMessages(() => messagesOf(errors, form));
    setSaved(errors.length === 0);
    if (saved?.settings) setForm(formOf(saved.settings));
  };
  const labels = [t`First announcement`, t`Second announcement`, t`Third announcement`];
  return (
    <Form className={styles['form']} errors={messages} onSubmit={() => void (isSending || save())}>
      <Section title={t`Access that ends`}>
        <p>
          <Trans>
            Before a permission or the access to an account ends, the user gets an email, and so does everyone who may extend it. Enter how
            many days before. Empty fields announce nothing.
          </Trans>
        </p>
        {ANNOUNCEMENTS.map((index) => (
          <TextField
            key={index}
            name={`endNoticeDays.${index}`}
            label={labels[index] ?? ''}
            description={t`Days before the end, 1 to 60`}
            inputMode="numeric"
            value={form.announcements[index] ?? ''}
            onChange={(text) => change({ announcements: form.announcements.with(index, text) })}
          />
        ))}
      </Section>
      <Section title={t`Inactive users`}>
        <p>
          <Trans>
            Users who have not been active for this long lose their access. They are warned by email, and so is everyone who may restore
            them. Whoever signs in after the warning stays, and so does the last admin.
          </Trans>
        </p>
        <TextField
          name="dormantAfterDays"
          label={t`Remove users after`}
          description={t`Days without activity, 30 to 1,000. Empty: nobody is removed.`}
          inputMode="numeric"
          value={form.dormantAfter}
          onChange={(dormantAfter) => change({ dormantAfter })}
        />
        <DormantNotice days={form.dormantAfter} stored={stored.dormantAfterDays} />
        <TextField
          name="dormancyWarningDays"
          label={t`Warn them`}
          description={t`Days before the removal, 7 to 28`}
          inputMode="numeric"
          value={form.warning}
          onChange={(warning) => change({ warning })}
        />
      </Section>
      {messages['']?.map((message) => (
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

function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles['section']} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}
