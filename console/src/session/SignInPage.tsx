import { Trans, useLingui } from '@lingui/react/macro';
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { basePath, readConfiguration } from '../shared/configuration';
import { Button } from '../shared/ui/Button';
import { useTitle } from '../shared/useTitle';
import { Preferences } from '../frame/Preferences';
import { Wordmark } from '../frame/Wordmark';
import { PasskeyButton } from './PasskeyButton';
import { demoWords } from './demoWords';
import { FailureNotice } from './FailureNotice';
import { SecondStep } from './SecondStep';
import { type NeededStep, type SignInFailure, useSession } from './session';
import { SignInForm } from './SignInForm';
import styles from './SignInPage.module.css';
import { beginSingleSignOn, organizationUrl } from './singleSignOn';
import { usePasskeySuggestions } from './usePasskeySuggestions';

export function SignInPage() {
  const { t } = useLingui();
  const { next, organization } = useSearch({ from: '/sign-in' });
  const navigate = useNavigate();
  const router = useRouter();
  const [step, setStep] = useState<NeededStep | null>(null);
  const [failure, setFailure] = useState<SignInFailure | null>(null);
  useTitle(t`Sign in`);
  useEffect(() => {
    if (organization) void beginSingleSignOn(organizationUrl(organization), { kind: 'sign-in', next: next && basePath + next });
  }, [organization, next]);
  const goOn = () => {
    if (next) router.history.push(basePath + next);
    else void navigate({ to: '/' });
  };
  usePasskeySuggestions({ isShown: step === null && !organization, onSignedIn: goOn, onFailure: setFailure });
  return (
    <div className={styles['page']}>
      <main className={styles['card']}>
        <Wordmark />
        <h1>
          <Trans>Sign in</Trans>
        </h1>
        {step ? (
          <SecondStep step={step} onSignedIn={goOn} onStartOver={() => setStep(null)} />
        ) : (
          <>
            <SignInForm onSignedIn={goOn} onStep={setStep} next={basePath + (next ?? '/')}>
              <Link to="/forgot-password" className={styles['forgot']}>
                <Trans>Forgot password?</Trans>
              </Link>
            </SignInForm>
            <PasskeyButton onSignedIn={goOn} onFailure={setFailure} />
            <FailureNotice failure={failure} />
            <DemoUsers onSignedIn={goOn} onStep={setStep} />
          </>
        )}
      </main>
      <Preferences />
    </div>
  );
}

/** The users of the example data, one click away. */
function DemoUsers({ onSignedIn, onStep }: { onSignedIn: () => void; onStep: (step: NeededStep) => void }) {
  const { t, i18n } = useLingui();
  const session = useSession();
  const [users] = useState(() => readConfiguration().demoUsers);
  const [failure, setFailure] = useState<SignInFailure | null>(null);
  if (users.length === 0) return null;
  const signIn = async (email: string, password: string) => {
    const failed = await session.signIn(email, password);
    if (failed && 'step' in failed) {
      onStep(failed.step);
      return;
    }
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
      <FailureNotice failure={failure} />
      <ul>
        {users.map(({ email, password, about }) => (
          <li key={email}>
            <Button variant="quiet" className={styles['user']} onPress={() => void signIn(email, password)}>
              <span>{email}</span>
              <small>{demoWords[about] ? i18n._(demoWords[about]) : about}</small>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
