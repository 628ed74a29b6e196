import { Trans, useLingui } from '@lingui/react/macro';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { Preferences } from '../frame/Preferences';
import { Wordmark } from '../frame/Wordmark';
import { graphql } from '../gql';
import { createPlainClient } from '../shared/api/client';
import { sendable } from '../shared/api/document';
import { errorText, errorTexts } from '../shared/api/errorWords';
import { codesOf, type Problem, problemOf } from '../shared/api/problem';
import { Button } from '../shared/ui/Button';
import { Form } from '../shared/ui/Form';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { TextField } from '../shared/ui/TextField';
import { useTitle } from '../shared/useTitle';
import { useSaid } from '../shared/useSaid';
import form from './SignInForm.module.css';
import styles from './SignInPage.module.css';

const RequestPasswordReset = graphql(`
  mutation RequestPasswordReset($email: EmailAddress!) {
    requestPasswordReset(input: { email: $email }) {
      accepted
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Asks for a link with which to choose a new password. */
export function ForgotPasswordPage() {
  const { t } = useLingui();
  const [isAccepted, setAccepted] = useState(false);
  useTitle(t`Forgot password?`);
  return (
    <div className={styles['page']}>
      <main className={styles['card']}>
        <Wordmark />
        <h1>
          <Trans>Forgot password?</Trans>
        </h1>
        {isAccepted ? (
          <p role="status">
            <Trans>If a user with this email address can reset their password, an email with a link is on its way.</Trans>
          </p>
        ) : (
          <RequestForm onAccepted={() => setAccepted(true)} />
        )}
        <Link to="/sign-in" className={styles['forgot']}>
          <Trans>Back to sign-in</Trans>
        </Link>
      </main>
      <Preferences />
    </div>
  );
}

function RequestForm({ onAccepted }: { onAccepted: () => void }) {
  const { t } = useLingui();
  const [email, setEmail] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [messages, setMessages] = useSaid<Record<string, string[]>>({});
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async () => {
    setBusy(true);
    setMessages(() => ({}));
    setProblem(null);
    const { data, error } = await createPlainClient().mutation(sendable(RequestPasswordReset), { email }).toPromise();
    setBusy(false);
    if (error && codesOf(error).includes('BAD_USER_INPUT')) setMessages(() => ({ email: error.graphQLErrors.map(({ message }) => errorText({ code: 'INVALID', message, path: ['input', 'email'] })) }));
    else if (error) setProblem(problemOf(error));
    else if (data?.requestPasswordReset.accepted) onAccepted();
    else setMessages(() => ({ email: errorTexts(data?.requestPasswordReset.errors ?? []) }));
  };
  return (
    <Form
      className={form['form']}
      errors={messages}
      onSubmit={() => {
        if (!isBusy) void submit();
      }}
    >
      <p>
        <Trans>Enter your email address. You get a link with which you choose a new password.</Trans>
      </p>
      <TextField name="email" label={t`Email`} type="email" autoComplete="username" value={email} onChange={setEmail} isRequired autoFocus />
      {problem && <ProblemNotice problem={problem} />}
      <Button type="submit" variant="primary" isPending={isBusy}>
        <Trans>Send link</Trans>
      </Button>
    </Form>
  );
}
