import { Trans, useLingui } from '@lingui/react/macro';
import { NotFoundPage } from '../frame/FailedPage';
import { mayChangeSettings, useViewer } from '../session/session';
import { useRead } from '../shared/api/operations';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { Skeleton } from '../shared/ui/Skeleton';
import { useTitle } from '../shared/useTitle';
import styles from './ProvisioningPage.module.css';
import { Provisioning } from './provisioningQuery';
import { ScimSection } from './ScimSection';
import { SecondFactorSection } from './SecondFactorSection';
import { SingleSignOnSection } from './SingleSignOnSection';
import { WebhooksSection } from './WebhooksSection';

/** How the people of the organization sign in, and what connects it with other systems; for those who may change that. */
export function ProvisioningPage() {
  const { t } = useLingui();
  const may = mayChangeSettings(useViewer());
  const { data, problem, retry } = useRead(Provisioning, {}, { pause: !may });
  useTitle(t`Sign-in and provisioning`);
  const organization = data?.viewer?.organization;
  if (!may || (data && !organization?.settings)) return <NotFoundPage />;
  return (
    <div className={styles['page']}>
      <header className={styles['header']}>
        <h1>
          <Trans>Sign-in and provisioning</Trans>
        </h1>
        <p>{organization?.name}</p>
      </header>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {!data && !problem && <Skeleton width={0.5} />}
      {organization && <SecondFactorSection organization={organization} />}
      {organization && <SingleSignOnSection organization={organization} />}
      {organization && <ScimSection organization={organization} />}
      {organization && <WebhooksSection organization={organization} />}
    </div>
  );
}
