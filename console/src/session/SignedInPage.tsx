import { Trans, useLingui } from '@lingui/react/macro';
import { Link, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { Preferences } from '../frame/Preferences';
import { Wordmark } from '../frame/Wordmark';
import { errorTexts, type ServerError } from '../shared/api/errorWords';
import { basePath } from '../shared/configuration';
import type { Problem } from '../shared/api/problem';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { useTitle } from '../shared/useTitle';
import { type SignInFailure, useSession } from './session';
import styles from './SignInPage.module.css';
import { begun, type Begun, forgetBegun, linkIdentity, remember } from './singleSignOn';

/** Where the browser comes back to from a provider: makes a session, or a link, of the code. */
export function SignedInPage() {
  const { t } = useLingui();
  const { code, error } = useSearch({ from: '/signed-in' });
  const navigate = useNavigate();
  const router = useRouter();
  const session = useSession();
  const isDone = useRef(false);
  const [flow] = useState(begun);
  const refusal = error ?? (code === undefined || flow === null ? 'expired' : null);
  const [failure, setFailure] = useState<SignInFailure | null>(null);
  useTitle(t`Sign in`);
  useEffect(() => {
    // Once, also where effects run twice: a code counts once.
    if (isDone.current) return;
    isDone.current = true;
    // The code is in no history.
    history.replaceState(history.state, '', `${basePath}/signed-in`);
    if (refusal !== null || code === undefined || flow === null) {
      forgetBegun();
      return;
    }
    void finish(session, flow, code).then((found) => {
      if (found) setFailure(found);
      else if (flow.purpose.kind === 'link') void navigate({ to: '/account', replace: true });
      else if (flow.purpose.kind === 'sign-in' && flow.purpose.next?.startsWith(`${basePath}/`)) router.history.replace(flow.purpose.next);
      else void navigate({ to: '/', replace: true });
    });
  }, [code, flow, navigate, refusal, router, session]);
  return (
    <div className={styles['page']}>
      <main className={styles['card']}>
        <Wordmark />
        <h1>
          <Trans>Sign in</Trans>
        </h1>
        {refusal === null && failure === null ? (
          <p role="status">
            <Trans>Signing you in…</Trans>
          </p>
        ) : (
          <>
            {failure ? <Failure failure={failure} /> : <Refusal refusal={refusal} />}
            <Link to="/sign-in" className={styles['forgot']}>
              <Trans>Back to sign-in</Trans>
            </Link>
          </>
        )}
      </main>
      <Preferences />
    </div>
  );
}

async function finish(session: ReturnType<typeof useSession>, flow: Begun, code: string): Promise<SignInFailure | null> {
  const { verifier, purpose } = flow;
  if (purpose.kind !== 'sign-in') {
    const { errors, problem } = await linkIdentity(code, verifier, purpose.kind === 'activate' ? purpose.token : undefined);
    if (problem || errors.length > 0) return failed(errors, problem);
  }
  const failure = purpose.kind === 'link' ? null : await session.signInWithProvider(code, verifier);
  const isUnlinked = failure && 'errors' in failure && failure.errors.some((found) => found.code === 'IDENTITY_NOT_LINKED');
  // The link in the mail needs both.
  if (isUnlinked) remember({ ...flow, code });
  else forgetBegun();
  return failure;
}

function failed(errors: readonly ServerError[], problem: Problem | null): SignInFailure {
  forgetBegun();
  return problem ? { problem } : { errors };
}

function Refusal({ refusal }: { refusal: string | null }) {
  return (
    <p role="alert">
      {refusal === 'refused' ? (
        <Trans>Your provider refused the sign-in, or you have cancelled it.</Trans>
      ) : refusal === 'no_provider' ? (
        <Trans>There is no provider for this email address. Sign in with your password.</Trans>
      ) : refusal === 'provider_failed' ? (
        <Trans>Your provider can’t be used right now. Tell your admin.</Trans>
      ) : (
        <Trans>This sign-in has expired, was used already, or began in another browser. Start again.</Trans>
      )}
    </p>
  );
}

function Failure({ failure }: { failure: SignInFailure }) {
  return 'problem' in failure ? <ProblemNotice problem={failure.problem} /> : <p role="alert">{errorTexts(failure.errors).join(' ')}</p>;
}
