import type { ReactNode } from 'react';
import styles from './Badge.module.css';

export type Tone = 'good' | 'waiting' | 'danger' | 'neutral';

/** A short state in words, with a colour that only repeats it. */
export function Badge({ tone, children }: { tone: Tone; children: ReactNode }) {
  return <span className={`${styles['badge']} ${styles[tone]}`}>{children}</span>;
}
