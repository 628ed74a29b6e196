import { Trans, useLingui } from '@lingui/react/macro';
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { errorTexts } from '../shared/api/errorWords';
import { basePath, readConfiguration } from '../shared/configuration';
import { Button } from '../shared/ui/Button';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { useTitle } from '../shared/useTitle';
import { Preferences } from '../frame/Preferences';
import { Wordmark } from '../frame/Wordmark';
import { type SignInFailure, useSession } from './session';
import { SignInForm } from './SignInForm';
import styles from './SignInPage.module.css';

export function SignInPage() {
  const { t } = useLingui();
  const { next } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  const router = useRouter();
  useTitle(t`Sign in`);
  const goOn = () => {
    if (next) router.history.push(basePath + next);
    else void navigate({ to: '/' });
  };
  return (
    <div className={styles['page']}>
      <main className={styles['card']}>
        <Wordmark />
        <h1>
          <Trans>Sign in</Trans>
        </h1>
        <SignInForm onSignedIn={goOn}>
          <Link to="/forgot-password" className={styles['forgot']}>
            <Trans>Forgot password?</Trans>
          </Link>
        </SignInForm>
        <DemoUsers onSignedIn={goOn} />
      </main>
      <Preferences />
    </div>
  );
}

/** The users of the example data, one click away. */
function DemoUsers({ onSignedIn }: { onSignedIn: () => void }) {
  const { t } = useLingui();
  const session = useSession();
  const [users] = useState(() => readConfiguration().demoUsers);
  const [failure, setFailure] = useState<SignInFailure | null>(null);
  if (users.length === 0) return null;
  const signIn = async (email: string, password: string) => {
    const failed = await session.signIn(email, password);
    setFailure(failed);
    if (!failed) onSignedIn();
  };
  return (
    <section className={styles['demo']} aria-label={t`Demo users`}>
      <h2>
        <Trans>Demo users</Trans>
      </h2>
      <p>
        <Trans>This server shows example data. Sign in as one of its users:</Trans>
      </p>
      {failure && 'problem' in failure && <ProblemNotice problem={failure.problem} />}
      {failure && 'errors' in failure && <p role="alert">{errorTexts(failure.errors).join(' ')}</p>}
      <ul>
        {users.map(({ email, password, about }) => (
          <li key={email}>
            <Button variant="quiet" className={styles['user']} onPress={() => void signIn(email, password)}>
              <span>{email}</span>
              <small>{about}</small>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
