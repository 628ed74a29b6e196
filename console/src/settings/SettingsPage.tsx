import { Trans, useLingui } from '@lingui/react/macro';
import { NotFoundPage } from '../frame/FailedPage';
import { mayChangeSettings, useViewer } from '../session/session';
import { useRead } from '../shared/api/operations';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { Skeleton } from '../shared/ui/Skeleton';
import { useTitle } from '../shared/useTitle';
import { SettingsSections } from './SettingsSections';
import styles from './SettingsPage.module.css';
import { OrganizationSettings } from './settingsQuery';

/** The settings of the organization, for those who may change them. */
export function SettingsPage() {
  const { t } = useLingui();
  const may = mayChangeSettings(useViewer());
  const { data, problem, retry } = useRead(OrganizationSettings, {}, { pause: !may });
  useTitle(t`Settings`);
  const organization = data?.viewer?.organization;
  if (!may || (data && !organization?.settings)) return <NotFoundPage />;
  return (
    <div className={styles['page']}>
      <header className={styles['header']}>
        <h1>
          <Trans>Settings</Trans>
        </h1>
        <p>{organization?.name}</p>
      </header>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {organization?.settings && <SettingsSections organization={organization.id} stored={organization.settings} />}
      {!data && !problem && <Skeleton width={0.5} />}
    </div>
  );
}
