import { Trans } from '@lingui/react/macro';
import { type ReactNode, useEffect } from 'react';
import type { Read } from '../api/operations';
import { lastPage, type PageInfo, Paging, type Position } from './Paging';
import { ProblemNotice } from './ProblemNotice';

interface Page {
  nodes: readonly unknown[];
  totalCount?: number;
  pageInfo: PageInfo;
}

interface PagedListProps {
  read: Read<unknown>;
  /** The page of the list; undefined until the first one has come. Lists that grow without end have no count. */
  page: Page | undefined;
  /** The place of the page that the address names. */
  position: Position;
  onTurn: (position: Position, options?: { replace?: boolean }) => void;
  /** How many there are: `42 users`. */
  count?: ReactNode;
  /** Shown if there are none. */
  empty: ReactNode;
  /** The table or list with the items, or its skeleton. */
  children: ReactNode;
}

/** A list in pages: its items, what is wrong with them, and the buttons that turn its pages. */
export function PagedList({ read, page, position, onTurn, count, empty, children }: PagedListProps) {
  const { problem, isSlow, retry } = read;
  const isLost = useLostPage({ read, page, position, onTurn });
  return (
    <>
      {problem && !isLost && <ProblemNotice problem={problem} retry={retry} />}
      {isSlow && (
        <p role="status">
          <Trans>This takes longer than usual.</Trans>
        </p>
      )}
      {page && isEmpty(page) ? empty : (page ?? !problem) && children}
      <Paging pageInfo={page?.pageInfo} onTurn={onTurn}>
        {page && count}
      </Paging>
    </>
  );
}

/** Whether there is nothing in the whole list. */
function isEmpty({ nodes, totalCount, pageInfo: { hasNextPage, hasPreviousPage } }: Page): boolean {
  return totalCount === undefined ? nodes.length === 0 && !hasNextPage && !hasPreviousPage : totalCount === 0;
}

/** Leaves a page that no longer exists: its last item is gone, or its cursor is of another order or version. Returns
 *  whether it is being left. */
export function useLostPage({ read, page, position, onTurn }: Pick<PagedListProps, 'read' | 'page' | 'position' | 'onTurn'>): boolean {
  const { isReading, problem } = read;
  const isUnknown = problem?.argument === 'after' || problem?.argument === 'before';
  const isEmptied = !isReading && !problem && page?.nodes.length === 0 && !isEmpty(page);
  const target = isUnknown || position.before ? {} : lastPage;
  const isLost = isUnknown || isEmptied;
  useEffect(() => {
    if (isLost) onTurn(target, { replace: true });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once for each page that is lost
  }, [isLost]);
  return isLost;
}
