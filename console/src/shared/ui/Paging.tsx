import { Trans } from '@lingui/react/macro';
import { type ReactNode, useEffect, useRef } from 'react';
import { Button } from './Button';
import { Icon } from './Icon';
import styles from './Paging.module.css';

/** Where a page of a list begins: after or before a cursor; neither is the first page, and before the *end* is the last. */
export interface Position {
  after?: string | undefined;
  before?: string | undefined;
}

export const lastPage: Position = { before: 'end' };

export interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor?: string | null | undefined;
  endCursor?: string | null | undefined;
}

interface PagingProps {
  pageInfo: PageInfo | undefined;
  /** How many there are: `42 users`. */
  children?: ReactNode;
  onTurn: (position: Position) => void;
}

/** The count of a list, and the buttons that turn its pages. The focus stays with them. */
export function Paging({ pageInfo, children, onTurn }: PagingProps) {
  const { hasNextPage = false, hasPreviousPage = false, startCursor, endCursor } = pageInfo ?? {};
  const { buttons, expectPage } = useFocusOnButtons(hasNextPage, hasPreviousPage);
  const turn = (position: Position) => {
    expectPage();
    onTurn(position);
  };
  return (
    <div className={styles['paging']}>
      <p role="status">{children}</p>
      <div className={styles['buttons']} ref={buttons}>
        <Button isDisabled={!hasPreviousPage} onPress={() => turn({ before: startCursor ?? undefined })}>
          <Icon name="left" />
          <Trans>Previous</Trans>
        </Button>
        <Button isDisabled={!hasNextPage} onPress={() => turn({ after: endCursor ?? undefined })}>
          <Trans>Next</Trans>
          <Icon name="right" />
        </Button>
      </div>
    </div>
  );
}

/** The button that leads to the first or last page is disabled there, and would lose the focus: the other one gets it. */
function useFocusOnButtons(hasNextPage: boolean, hasPreviousPage: boolean) {
  const buttons = useRef<HTMLDivElement>(null);
  const isTurning = useRef(false);
  useEffect(() => {
    const enabled = buttons.current?.querySelector<HTMLElement>('button:enabled');
    if (!isTurning.current || !enabled) return;
    const focused = document.activeElement;
    const isLost = focused === document.body || (buttons.current?.contains(focused) && focused?.matches(':disabled'));
    if (!isLost) return;
    isTurning.current = false;
    enabled.focus({ preventScroll: true });
  }, [hasNextPage, hasPreviousPage]);
  return { buttons, expectPage: () => (isTurning.current = true) };
}

/** The arguments of a connection for a position. */
export function pageArguments({ after, before }: Position, size: number) {
  if (before === lastPage.before) return { last: size };
  return before ? { last: size, before } : { first: size, after };
}
