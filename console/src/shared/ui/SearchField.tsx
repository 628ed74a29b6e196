import { useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import { Button, Input, SearchField as AriaSearchField } from 'react-aria-components/SearchField';
import { Icon } from './Icon';
import styles from './SearchField.module.css';

/** How long after the last key a search begins, in milliseconds. */
const PAUSE = 250;

interface SearchFieldProps {
  label: string;
  /** What can be typed; the label without. */
  placeholder?: string;
  value: string;
  /** Called when the person pauses, presses Enter, or clears the field. */
  onSearch: (text: string) => void;
  /** For a search that opens by itself. */
  autoFocus?: boolean;
}

/** A search whose text is shown at once, whatever the network does. */
export function SearchField({ label, placeholder = label, value, onSearch, autoFocus = false }: SearchFieldProps) {
  const { t } = useLingui();
  const [text, setText] = useState(value);
  const [searched, setSearched] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Another value than the one that was searched for last comes from elsewhere: Back, or a link.
  if (value !== searched) {
    setSearched(value);
    setText(value);
  }
  useEffect(() => () => clearTimeout(timer.current), []);

  const search = (wanted: string) => {
    clearTimeout(timer.current);
    setSearched(wanted.trim());
    onSearch(wanted.trim());
  };
  const change = (wanted: string) => {
    setText(wanted);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => search(wanted), PAUSE);
  };
  return (
    <AriaSearchField
      aria-label={label}
      autoFocus={autoFocus}
      value={text}
      onChange={change}
      onSubmit={search}
      onClear={() => search('')}
      className={styles['field']}
    >
      <Icon name="search" />
      <Input placeholder={placeholder} maxLength={200} className={styles['input']} />
      {text && (
        <Button aria-label={t`Clear search`} className={styles['clear']}>
          <Icon name="close" size={16} />
        </Button>
      )}
    </AriaSearchField>
  );
}
