import { useId } from 'react';
import styles from './organizations.module.css';

interface NamesFieldProps {
  label: string;
  description: string;
  text: string;
  onChange: (text: string) => void;
  messages: readonly string[];
}

/** Names, one on each line. */
export function NamesField({ label, description, text, onChange, messages }: NamesFieldProps) {
  const id = useId();
  return (
    <div className={styles['area']}>
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        rows={3}
        value={text}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={messages.length > 0 || undefined}
        aria-describedby={`${id}-about`}
      />
      <p id={`${id}-about`} className={messages.length > 0 ? styles['error'] : styles['quiet']}>
        {messages.join(' ') || description}
      </p>
    </div>
  );
}

/** The names that are there. */
export function namesOf(text: string): { name: string }[] {
  return text
    .split('\n')
    .map((line) => ({ name: line.trim() }))
    .filter(({ name }) => name !== '');
}
