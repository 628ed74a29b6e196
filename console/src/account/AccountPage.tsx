import { Trans, useLingui } from '@lingui/react/macro';
import { useViewer } from '../session/session';
import { useRead } from '../shared/api/operations';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { useTitle } from '../shared/useTitle';
import styles from './AccountPage.module.css';
import { Account } from './accountQuery';
import { IdentitySection } from './IdentitySection';
import { PasswordSection } from './PasswordSection';
import { PreferencesSection } from './PreferencesSection';
import { SecondFactorsSection } from './SecondFactorsSection';
import { SessionsSection } from './SessionsSection';

/** The account of the person who is signed in. */
export function AccountPage() {
  const { t } = useLingui();
  const { user } = useViewer();
  const { data, problem, retry } = useRead(Account, {});
  useTitle(t`My account`);
  return (
    <div className={styles['page']}>
      <header className={styles['header']}>
        <h1>
          <Trans>My account</Trans>
        </h1>
        <p>
          {user?.displayName} · {user?.email}
        </p>
      </header>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      <PasswordSection email={user?.email ?? ''} />
      {(data ?? !problem) && <SecondFactorsSection factors={data?.viewer?.secondFactors ?? undefined} />}
      {data?.viewer?.user && <IdentitySection email={data.viewer.user.email} identity={data.viewer.user.identity} />}
      {(data ?? !problem) && <SessionsSection sessions={data?.viewer?.sessions} />}
      <PreferencesSection />
    </div>
  );
}
