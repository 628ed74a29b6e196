import { Trans } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Button } from './Button';
import { Icon } from './Icon';
import styles from './Paging.module.css';

/** Where a page of a list begins: after or before a cursor; neither is the first page. */
export interface Position {
  after?: string | undefined;
  before?: string | undefined;
}

export interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor?: string | null | undefined;
  endCursor?: string | null | undefined;
}

interface PagingProps {
  pageInfo: PageInfo | undefined;
  /** How many there are: `42 users`. */
  children: ReactNode;
  onTurn: (position: Position) => void;
}

/** The count of a list, and the buttons that turn its pages. */
export function Paging({ pageInfo, children, onTurn }: PagingProps) {
  const { hasNextPage = false, hasPreviousPage = false, startCursor, endCursor } = pageInfo ?? {};
  return (
    <div className={styles['paging']}>
      <p role="status">{children}</p>
      <div className={styles['buttons']}>
        <Button isDisabled={!hasPreviousPage} onPress={() => onTurn({ before: startCursor ?? undefined })}>
          <Icon name="left" />
          <Trans>Previous</Trans>
        </Button>
        <Button isDisabled={!hasNextPage} onPress={() => onTurn({ after: endCursor ?? undefined })}>
          <Trans>Next</Trans>
          <Icon name="right" />
        </Button>
      </div>
    </div>
  );
}

/** The arguments of a connection for a position. */
export function pageArguments({ after, before }: Position, size: number) {
  return before ? { last: size, before } : { first: size, after };
}
