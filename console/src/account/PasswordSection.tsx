import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import { messagesByField } from '../shared/api/fieldErrors';
import { useWrite } from '../shared/api/operations';
import type { Problem } from '../shared/api/problem';
import { Button } from '../shared/ui/Button';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { useSaid } from '../shared/useSaid';
import styles from './AccountPage.module.css';
import { ChangePassword } from './accountQuery';
import { PasswordStrength } from './PasswordStrength';

/** Changes the password. */
export function PasswordSection({ email }: { email: string }) {
  const { t } = useLingui();
  const id = useId();
  const { send, isSending } = useWrite(ChangePassword);
  const [currentPassword, setCurrent] = useState('');
  const [newPassword, setNew] = useState('');
  const [isShown, setShown] = useState(false);
  const [isDone, setDone] = useState(false);
  const [messages, setMessages] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const type = isShown ? 'text' : 'password';

  const submit = async () => {
    setDone(false);
    setProblem(null);
    const written = await send({ currentPassword, newPassword });
    if (written.problem) {
      setProblem(written.problem);
      return;
    }
    const { errors } = written.data.changePassword;
    setMessages(() => messagesByField(errors));
    if (errors.length > 0) return;
    setDone(true);
    setCurrent('');
    setNew('');
    setShown(false);
  };
  return (
    <section className={styles['section']} aria-labelledby={id}>
      <h2 id={id}>
        <Trans>Password</Trans>
      </h2>
      <p className={styles['quiet']}>
        <Trans>Changing your password ends all your other sessions. You stay signed in here.</Trans>
      </p>
      <Form
        className={styles['form']}
        errors={messages}
        onSubmit={() => {
          if (!isSending) void submit();
        }}
      >
        {/* So that a password manager knows whose password it is. */}
        <input type="email" name="username" autoComplete="username" value={email} readOnly hidden />
        <TextField
          name="currentPassword"
          label={t`Current password`}
          type={type}
          autoComplete="current-password"
          value={currentPassword}
          onChange={setCurrent}
          isRequired
        />
        <TextField
          name="newPassword"
          label={t`New password`}
          type={type}
          autoComplete="new-password"
          value={newPassword}
          onChange={setNew}
          isRequired
        />
        <PasswordStrength password={newPassword} />
        <label className={styles['choice']}>
          <input type="checkbox" checked={isShown} onChange={(event) => setShown(event.target.checked)} />
          <Trans>Show passwords</Trans>
        </label>
        {messages['']?.map((message) => (
          <p key={message} className={styles['failure']} role="alert">
            {message}
          </p>
        ))}
        {problem && <ProblemNotice problem={problem} />}
        <Button type="submit" variant="primary" isPending={isSending}>
          <Trans>Change password</Trans>
        </Button>
      </Form>
      <div role="status">
        {isDone && (
          <p className={styles['done']}>
            <Trans>Your password is changed. Your other sessions have ended.</Trans>
          </p>
        )}
      </div>
    </section>
  );
}
