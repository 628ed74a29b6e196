import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { namedNode } from '../access/whoCanQuery';
import { AccountPicker } from '../accounts/AccountPicker';
import { useRead } from '../api/operations';
import { Button } from '../ui/Button';
import { Actions, Dialog } from '../ui/Dialog';
import { Icon } from '../ui/Icon';
import { ChoiceMenu } from '../ui/Menu';
import { Paging, type Position } from '../ui/Paging';
import { ProblemNotice } from '../ui/ProblemNotice';
import { Skeleton } from '../ui/Skeleton';
import { type AskedChange, type Effect, effects } from './askedChange';
import { Totals } from './Totals';
import styles from './WhatIfDialog.module.css';
import { type SimulatedChange, type Simulated, WhatIf } from './whatIfQuery';
import { effectWords, questions, sentence } from './whatIfWords';

interface WhatIfDialogProps {
  asked: AskedChange;
  onAsk: (asked: AskedChange) => void;
  onClose: () => void;
}

/** What a change would do to everybody's access, as far as the viewer sees the users and the things. Nothing is changed. */
export function WhatIfDialog({ asked, onAsk, onClose }: WhatIfDialogProps) {
  const { t, i18n } = useLingui();
  const { change, on, to, effect } = asked;
  // The cursors of the pages before this one: the API pages forwards only.
  const [cursors, setCursors] = useState<string[]>([]);
  const isAsked = change !== 'move' || to !== undefined;
  const { data, isReading, problem, retry } = useRead(WhatIf, {
    on,
    to: to ?? on,
    isMove: change === 'move' && to !== undefined,
    isClosing: change === 'close',
    isLeaving: change === 'leave',
    effects: effect ? [effect] : null,
    after: cursors.at(-1) ?? null,
    ids: to ? [on, to] : [on],
  });
  const thing = namedNode(data?.nodes, on);
  const found = data?.simulateServiceMove ?? data?.simulateAccountClosing ?? data?.simulateUserLeaving;
  const turn = ({ after }: Position) => {
    if (!isReading) setCursors(after ? [...cursors, after] : cursors.slice(0, -1));
  };
  const ask = (wanted: AskedChange) => {
    setCursors([]);
    onAsk(wanted);
  };
  return (
    <Dialog title={thing ? i18n._(questions[change](thing.name)) : t`What if?`} onClose={onClose}>
      {problem && <ProblemNotice problem={problem} retry={retry} />}
      {!data && !problem && <Skeleton />}
      {data && !(thing && (found || !isAsked)) && !isReading && (
        <p>
          <Trans>You can’t see this any more.</Trans>
        </p>
      )}
      {thing && change === 'move' && (
        <div className={styles['part']}>
          <AccountPicker
            label={t`To the account`}
            chosen={to ? { id: to, name: namedNode(data?.nodes, to)?.name ?? '' } : null}
            onChange={(picked) => ask({ ...asked, to: picked.id })}
          />
          {!isAsked && (
            <p>
              <Trans>Choose the contract account or delivery account that the service would have. Nothing is changed.</Trans>
            </p>
          )}
        </div>
      )}
      {thing && found && isAsked && (
        <>
          {found.isLastAdmin && (
            <p>
              <Trans>This is the last admin with all contract accounts, so they can’t be removed.</Trans>
            </p>
          )}
          {!found.isComplete && (
            <p>
              <Trans>Your organization is so large that not everything could be compared: there may be more that nobody could do any longer.</Trans>
            </p>
          )}
          <Found
            found={found}
            effect={effect}
            isReading={isReading}
            hasFormer={cursors.length > 0}
            onTurn={turn}
            onEffect={(chosen) => ask({ ...asked, effect: chosen })}
          />
        </>
      )}
      <Actions>
        <Button onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      </Actions>
    </Dialog>
  );
}

interface FoundProps {
  found: Simulated;
  effect: Effect | undefined;
  isReading: boolean;
  /** Whether there is a page before this one. */
  hasFormer: boolean;
  onTurn: (position: Position) => void;
  onEffect: (effect: Effect | undefined) => void;
}

function Found({ found, effect, isReading, hasFormer, onTurn, onEffect }: FoundProps) {
  const { t } = useLingui();
  const { totals, changes, endCursor } = found;
  if (totals.length === 0) {
    return (
      <p>
        <Trans>Nothing would change for anybody whom you see.</Trans>
      </p>
    );
  }
  const number = totals.filter((total) => !effect || total.effect === effect).reduce((sum, total) => sum + total.changes, 0);
  return (
    <>
      <Totals totals={totals} />
      <div className={styles['head']}>
        <h3>
          <Trans>Afterwards</Trans>
        </h3>
        <EffectChoice effect={effect} onChange={onEffect} />
      </div>
      <ul className={styles['changes']} aria-label={t`Afterwards`} aria-busy={isReading}>
        {changes.map((each) => (
          <ChangeItem key={`${each.effect} ${each.user?.id ?? ''} ${each.action} ${each.resource}`} change={each} />
        ))}
      </ul>
      <Paging pageInfo={{ hasNextPage: Boolean(endCursor), hasPreviousPage: hasFormer, endCursor }} onTurn={onTurn}>
        <Plural value={number} one="# change" other="# changes" />
      </Paging>
    </>
  );
}

function ChangeItem({ change }: { change: SimulatedChange }) {
  const { i18n } = useLingui();
  const message = sentence(change);
  return <li>{message ? i18n._(message) : `${change.user?.displayName ?? ''} ${change.action} ${change.name}`}</li>;
}

/** Which effects are listed. */
function EffectChoice({ effect, onChange }: { effect: Effect | undefined; onChange: (effect: Effect | undefined) => void }) {
  const { t, i18n } = useLingui();
  const items = [{ key: 'ALL' as const, label: t`All` }, ...effects.map((key) => ({ key, label: i18n._(effectWords[key]) }))];
  const chosen = effect ? i18n._(effectWords[effect]) : t`All`;
  return (
    <ChoiceMenu
      label={t`Show`}
      mode="single"
      items={items}
      chosen={[effect ?? 'ALL']}
      onChange={([key]) => key && onChange(key === 'ALL' ? undefined : key)}
    >
      <Button>
        {t`Show: ${chosen}`}
        <Icon name="chevron" size={14} />
      </Button>
    </ChoiceMenu>
  );
}
