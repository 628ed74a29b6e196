import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import type { ExplainAccessFieldsFragment } from '../../gql/graphql';
import { openedPart, OpenedParts } from '../api/opening';
import { useRead } from '../api/operations';
import { UserPicker } from '../people/UserPicker';
import { Button } from '../ui/Button';
import { Actions, Dialog } from '../ui/Dialog';
import { Paging, type Position } from '../ui/Paging';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Skeleton } from '../ui/Skeleton';
import { ActionChoice } from './ActionChoice';
import { actionWords } from './actionWords';
import { type AskedAccess, type AskedAction, askedActions } from './askedAccess';
import { ExplainAccess } from './explainQuery';
import { Explanation } from './Explanation';
import { Holders } from './Holders';
import { WhoHadAccessButton } from './past/WhoHadAccessButton';
import styles from './WhoCanDialog.module.css';
import { namedNode, WhoCan } from './whoCanQuery';

interface WhoCanDialogProps {
  asked: AskedAccess;
  onAsk: (asked: AskedAccess) => void;
  onClose: () => void;
}

/** The users who may do something with a thing, as far as the viewer sees them, and why any user may, or may not. */
export function WhoCanDialog({ asked, onAsk, onClose }: WhoCanDialogProps) {
  const { t, i18n } = useLingui();
  const { on, action, user } = asked;
  // The cursors of the pages before this one: the API pages forwards only.
  const [cursors, setCursors] = useState<string[]>([]);
  const ids = user ? [on, user] : [on];
  // A link may ask about a user at once.
  const [opened] = useState(asked);
  const isExplained = user !== undefined && user === opened.user && action === opened.action;
  const read = useRead(WhoCan, { action, on, after: cursors.at(-1) ?? null, ids, user: user ?? '', isExplained });
  const { data, isReading, problem, retry } = read;
  const explained = data && 'explainAccess' in data ? (data as ExplainAccessFieldsFragment) : undefined;
  const explanation = openedPart(ExplainAccess, { user: opened.user ?? '', action: opened.action, on }, { ...read, data: explained && { ...explained, __typename: 'Query' as const } });
  const page = data?.whoCan;
  const thing = namedNode(data?.nodes, on);
  const next = page?.endCursor;
  const turn = ({ after }: Position) => {
    if (!isReading) setCursors(after ? [...cursors, after] : cursors.slice(0, -1));
  };
  const choose = (chosen: AskedAction) => {
    setCursors([]);
    onAsk({ ...asked, action: chosen });
  };
  const userName = namedNode(data?.nodes, user)?.name;
  return (
    <Dialog title={thing ? i18n._(actionWords[action].question(thing.name)) : t`Who can see this?`} onClose={onClose}>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {!data && !problem && <Skeleton />}
      {data && !(page && thing) && (
        <p>
          <Trans>You can’t see this any more.</Trans>
        </p>
      )}
      {page && thing && (
        <>
          <ActionChoice actions={askedActions[thing.type]} action={action} onChange={choose} />
          <div className={styles['why']}>
            <UserPicker
              label={t`Ask why, or why not`}
              chosen={user ? { id: user, name: userName ?? '' } : null}
              onChange={(picked) => onAsk({ ...asked, user: picked?.id })}
            />
            {user && !userName && isReading && <Skeleton />}
            <OpenedParts value={isExplained ? [explanation] : []}>
              {user && (userName ?? !isReading) && <Explanation asked={{ ...asked, user }} userName={userName} name={thing.name} />}
            </OpenedParts>
          </div>
          <Holders holders={page.holders} isReading={isReading} onAsk={(id) => onAsk({ ...asked, user: id })} />
          <Paging pageInfo={{ hasNextPage: Boolean(next), hasPreviousPage: cursors.length > 0, endCursor: next }} onTurn={turn}>
            <Plural value={page.totalCount} one="# user whom you see" other="# users whom you see" />
          </Paging>
        </>
      )}
      <Actions>
        {thing && thing.type !== 'User' && thing.type !== 'Organization' && <WhoHadAccessButton on={on} />}
        <Button onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}
