import { Trans, useLingui } from '@lingui/react/macro';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Preferences } from '../frame/Preferences';
import { Wordmark } from '../frame/Wordmark';
import { errorTexts } from '../shared/api/errorWords';
import { Button } from '../shared/ui/Button';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { useTitle } from '../shared/useTitle';
import { type SignInFailure, useSession } from './session';
import styles from './SignInPage.module.css';
import { begun, forgetBegun, linkIdentity } from './singleSignOn';

/** Links the identity with which somebody signed in in this browser with the user who got the mail. Opening the link does
 *  nothing yet: mail scanners open links, too. */
export function LinkIdentityPage() {
  const { t } = useLingui();
  const { token } = useSearch({ from: '/link-identity' });
  const navigate = useNavigate();
  const session = useSession();
  const [flow] = useState(begun);
  const [isBusy, setBusy] = useState(false);
  const [isLinked, setLinked] = useState(false);
  const [failure, setFailure] = useState<SignInFailure | null>(null);
  useTitle(t`Link your sign-in`);
  const link = async () => {
    if (!flow?.code) return;
    setBusy(true);
    const { errors, problem } = await linkIdentity(flow.code, flow.verifier, token);
    setBusy(false);
    if (problem || errors.length > 0) {
      setFailure(problem ? { problem } : { errors });
      return;
    }
    forgetBegun();
    // If the mail took long, the code is too old for a session.
    if (await session.signInWithProvider(flow.code, flow.verifier)) setLinked(true);
    else void navigate({ to: '/' });
  };
  return (
    <div className={styles['page']}>
      <main className={styles['card']}>
        <Wordmark />
        <h1>
          <Trans>Link your sign-in</Trans>
        </h1>
        {isLinked ? (
          <p role="status">
            <Trans>Your sign-in is linked. From now on, use single sign-on.</Trans>
          </p>
        ) : flow?.code && token ? (
          <>
            <p>
              <Trans>You have signed in at the identity provider of your organization. Link that sign-in with your access.</Trans>
            </p>
            {failure && 'errors' in failure && <p role="alert">{errorTexts(failure.errors).join(' ')}</p>}
            {failure && 'problem' in failure && <ProblemNotice problem={failure.problem} />}
            <Button variant="primary" isPending={isBusy} onPress={() => void link()}>
              <Trans>Link my sign-in</Trans>
            </Button>
          </>
        ) : (
          <p role="alert">
            <Trans>Open this link in the browser in which you signed in at your provider. If you didn’t, ignore the email.</Trans>
          </p>
        )}
        <Link to="/sign-in" className={styles['forgot']}>
          <Trans>Back to sign-in</Trans>
        </Link>
      </main>
      <Preferences />
    </div>
  );
}
