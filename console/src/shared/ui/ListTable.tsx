import type { ReactNode, Ref } from 'react';
import styles from './ListTable.module.css';
import { Skeleton } from './Skeleton';

/** A cell of the rows that are shown while the first page is read. */
interface SkeletonCell {
  className?: string | undefined;
  /** The width of its one line, as a part of the column; without one, the lines are as different as names are. */
  width?: number;
  /** How many lines it has. */
  lines?: number;
}

interface ListTableProps {
  label: string;
  isReading: boolean;
  /** The heads of the columns. */
  head: ReactNode;
  /** What stands in the columns until the first page is there. */
  skeleton: readonly SkeletonCell[];
  /** The rows; undefined until the first page is there. */
  children: ReactNode;
  /** The class of the table, which composes `table` of the style sheet of lists. */
  className?: string | undefined;
  /** For a table that is to have the focus. */
  ref?: Ref<HTMLTableElement> | undefined;
}

/** The table of a list, with the shape of its rows while they are read. */
export function ListTable({ label, isReading, head, skeleton, children, className = styles['table'], ref }: ListTableProps) {
  return (
    <div className={styles['scroll']}>
      <table ref={ref} tabIndex={ref ? -1 : undefined} aria-label={label} aria-busy={isReading} className={className}>
        <thead>
          <tr>{head}</tr>
        </thead>
        <tbody>{children ?? <SkeletonRows cells={skeleton} />}</tbody>
      </table>
    </div>
  );
}

function SkeletonRows({ cells }: { cells: readonly SkeletonCell[] }) {
  return [0.5, 0.7, 0.45, 0.6, 0.55].map((varied) => (
    <tr key={varied} aria-hidden="true">
      {cells.map(({ className, width, lines = 1 }, place) => (
        <td key={place} className={className}>
          {Array.from({ length: lines }, (_, line) => (
            <Skeleton key={line} width={width ?? varied + 0.2 * line} />
          ))}
        </td>
      ))}
    </tr>
  ));
}
