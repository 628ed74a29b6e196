import type { ReactNode } from 'react';
import styles from './EmptyState.module.css';

interface EmptyStateProps {
  title: string;
  /** Why there is nothing, or what appears here. */
  children: ReactNode;
  /** A button that leads out, such as one that clears the filters. */
  action?: ReactNode;
}

/** Shown in the place of a list that has nothing in it. */
export function EmptyState({ title, children, action }: EmptyStateProps) {
  return (
    <div className={styles['empty']}>
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </div>
  );
}
