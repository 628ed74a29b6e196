import { Trans, useLingui } from '@lingui/react/macro';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { NotFoundPage } from '../frame/FailedPage';
import { useViewer } from '../session/session';
import { OpenedParts } from '../shared/api/opening';
import { useRead } from '../shared/api/operations';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { Skeleton } from '../shared/ui/Skeleton';
import { useTitle } from '../shared/useTitle';
import { Tabs } from '../users/card/Tabs';
import { HistoryTab } from './HistoryTab';
import { openingOf, openingVariables } from './opening';
import { Playground } from './Playground';
import { type InForce, ReadPolicy } from './policyQuery';
import { type PolicySearch, validatePolicySearch } from './policySearch';
import { QuestionsTab } from './QuestionsTab';
import { RulesTab } from './RulesTab';
import { causeWords } from './words';
import styles from './policy.module.css';

/** The access policy in force: its rules, questions about it, and a place to try out an edit of it. */
export function PolicyPage() {
  const { t } = useLingui();
  useTitle(t`Policy`);
  return useViewer().viewerCan.includes('VIEW_POLICY') ? <Policy /> : <NotFoundPage />;
}

function Policy() {
  const { t } = useLingui();
  const search = validatePolicySearch(useSearch({ strict: false }));
  const { tab = 'rules', line } = search;
  const [variables] = useState(() => openingVariables(search));
  const read = useRead(ReadPolicy, variables);
  const { data, problem, retry } = read;
  const navigate = useNavigate();
  const show = (wanted: PolicySearch) => void navigate({ to: '.', search: wanted as never, resetScroll: false });
  const policy = data?.policy;
  return (
    <div className={styles['page']}>
      <header>
        <h1>
          <Trans>Policy</Trans>
        </h1>
        {policy && <InForceSince policy={policy} />}
      </header>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {!policy && !problem && <Skeleton width={0.6} />}
      {policy && (
        <Tabs
          label={t`Policy`}
          tabs={[
            { key: 'rules', title: t`Rules` },
            { key: 'questions', title: t`Questions` },
            { key: 'playground', title: t`Playground` },
            { key: 'history', title: t`History` },
          ]}
          selected={tab}
          onSelect={(key) => show({ tab: key === 'rules' ? undefined : key })}
        >
          {tab === 'rules' && <RulesTab policy={policy} line={Number(line ?? 0)} />}
          {tab === 'questions' && (
            <OpenedParts value={openingOf(variables, read)}>
              <QuestionsTab search={search} onShow={(wanted) => show({ tab, ...wanted })} />
            </OpenedParts>
          )}
          {tab === 'playground' && <Playground policy={policy} />}
          {tab === 'history' && <HistoryTab history={policy.history} />}
        </Tabs>
      )}
    </div>
  );
}

function InForceSince({ policy: { version, file, activation } }: { policy: InForce }) {
  const { i18n } = useLingui();
  if (!activation) {
    return (
      <p className={styles['quiet']}>
        <Trans>
          Version <code>{version}</code> of {file}
        </Trans>
      </p>
    );
  }
  const { by } = activation;
  const since = i18n.date(activation.at, { dateStyle: 'medium', timeStyle: 'short' });
  const cause = i18n._(causeWords[activation.cause]);
  return (
    <p className={styles['quiet']}>
      <Trans>
        Version <code>{version}</code> of {file}, in force since {since}, by {by} ({cause})
      </Trans>
    </p>
  );
}
