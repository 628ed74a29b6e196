import mark from '../portico.svg';
import styles from './Wordmark.module.css';

export function Wordmark() {
  return (
    <span className={styles['wordmark']}>
      <img src={mark} alt="" width={26} height={26} />
      Portico
    </span>
  );
}
