import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { ActionChoice } from '../shared/access/ActionChoice';
import { askedActions } from '../shared/access/askedAccess';
import { Explanation } from '../shared/access/Explanation';
import { WhoCanSeeButton } from '../shared/access/WhoCanSeeButton';
import { namedNode } from '../shared/access/whoCanQuery';
import { usePart } from '../shared/api/opening';
import { UserPicker } from '../shared/people/UserPicker';
import { Button } from '../shared/ui/Button';
import { ProblemNotice } from '../shared/ui/ProblemNotice';
import { Skeleton } from '../shared/ui/Skeleton';
import { namedIds } from './opening';
import styles from './policy.module.css';
import type { PolicySearch } from './policySearch';
import { NamedResources } from './questionsQuery';
import { ResourceSearch } from './ResourceSearch';

type Asked = Pick<PolicySearch, 'search' | 'about' | 'action' | 'user'>;

interface QuestionsTabProps {
  /** What the address asks. */
  search: Asked;
  onShow: (search: Asked) => void;
}

/** *Who can?* and *Why?* about one thing: who sees it, and why a user may do something with it, or not. */
export function QuestionsTab({ search, onShow }: QuestionsTabProps) {
  const { about } = search;
  if (about) return <Questions key={about} asked={{ ...search, about }} onShow={onShow} />;
  return <ResourceSearch search={search.search ?? ''} onSearch={(text) => onShow({ search: text || undefined })} onChoose={(id) => onShow({ ...search, about: id })} />;
}

function Questions({ asked, onShow }: { asked: Asked & { about: string }; onShow: (search: Asked) => void }) {
  const { t } = useLingui();
  const { about, action = 'VIEW', user } = asked;
  const { data, isReading, problem, retry } = usePart(NamedResources, { named: namedIds(about, user) });
  const thing = namedNode(data?.nodes, about);
  const userName = namedNode(data?.nodes, user)?.name;
  const choose = (
    <Button variant="quiet" onPress={() => onShow({ search: asked.search })}>
      <Trans>Choose something else</Trans>
    </Button>
  );
  if (problem) return problem.argument === 'ids' ? <Gone choose={choose} /> : <ProblemNotice problem={problem} retry={retry} />;
  if (!thing) return data && !isReading ? <Gone choose={choose} /> : <Skeleton width={0.5} />;
  const { name, type } = thing;
  return (
    <div className={styles['questions']}>
      <div className={styles['row']}>
        <p>
          <Trans>
            About: <strong>{name}</strong>
          </Trans>
        </p>
        {choose}
      </div>
      <h2>
        <Trans>Who can?</Trans>
      </h2>
      <div>
        <WhoCanSeeButton id={about} name={name} variant="secondary" />
      </div>
      <h2>
        <Trans>Why?</Trans>
      </h2>
      <div className={styles['row']}>
        <ActionChoice actions={askedActions[type]} action={action} onChange={(chosen) => onShow({ ...asked, action: chosen === 'VIEW' ? undefined : chosen })} />
        <UserPicker
          label={t`Ask why, or why not`}
          chosen={user ? { id: user, name: userName ?? '' } : null}
          onChange={(picked) => onShow({ ...asked, user: picked?.id })}
        />
      </div>
      {user && <Explanation asked={{ on: about, action, user }} userName={userName} name={name} />}
    </div>
  );
}

function Gone({ choose }: { choose: ReactNode }) {
  return (
    <div className={styles['row']}>
      <p>
        <Trans>You can’t see this any more.</Trans>
      </p>
      {choose}
    </div>
  );
}
