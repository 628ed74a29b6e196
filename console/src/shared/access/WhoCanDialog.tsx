import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useRead } from '../api/operations';
import { UserPicker } from '../people/UserPicker';
import { Button } from '../ui/Button';
import { Actions, Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { ChoiceMenu } from '../ui/Menu';
import { Paging, type Position } from '../ui/Paging';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Skeleton } from '../ui/Skeleton';
import { actionWords } from './actionWords';
import { type AskedAccess, type AskedAction, askedActions } from './askedAccess';
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
  const { data, isReading, problem, retry } = useRead(WhoCan, { action, on, after: cursors.at(-1) ?? null, ids });
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
            {user && (userName ?? !isReading) && <Explanation asked={{ ...asked, user }} userName={userName} name={thing.name} />}
          </div>
          <Holders holders={page.holders} isReading={isReading} onAsk={(id) => onAsk({ ...asked, user: id })} />
          <Paging pageInfo={{ hasNextPage: Boolean(next), hasPreviousPage: cursors.length > 0, endCursor: next }} onTurn={turn}>
            <Plural value={page.totalCount} one="# user whom you see" other="# users whom you see" />
          </Paging>
        </>
      )}
      <Actions>
        {thing && thing.type !== 'User' && <WhoHadAccessButton on={on} />}
        <Button onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}

interface ActionChoiceProps {
  actions: readonly AskedAction[];
  action: AskedAction;
  onChange: (action: AskedAction) => void;
}

/** What may be done with the thing, where more can be asked than who sees it. */
function ActionChoice({ actions, action, onChange }: ActionChoiceProps) {
  const { t, i18n } = useLingui();
  if (actions.length < 2) return null;
  const items = actions.map((key) => ({ key, label: i18n._(actionWords[key].choice) }));
  const chosen = i18n._(actionWords[action].choice);
  return (
    <ChoiceMenu label={t`Who can`} mode="single" items={items} chosen={[action]} onChange={([key]) => key && onChange(key)}>
      <Button className={styles['action'] ?? ''}>
        {t`Who can: ${chosen}`}
        <Icon name="chevron" size={14} />
      </Button>
    </ChoiceMenu>
  );
}
