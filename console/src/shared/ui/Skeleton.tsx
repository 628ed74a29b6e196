import styles from './Skeleton.module.css';

/** A grey bar in the place of a text that is on its way. `width` is a share of the line: 0 to 1. */
export function Skeleton({ width = 1 }: { width?: number }) {
  return (
    <svg aria-hidden="true" className={styles['skeleton']} viewBox="0 0 100 10" preserveAspectRatio="none">
      <rect width={100 * width} height="10" rx="1" />
    </svg>
  );
}
