import { Trans, useLingui } from '@lingui/react/macro';
import { type ReactNode, useState } from 'react';
import { DialogTrigger } from 'react-aria-components/Dialog';
import { Popover } from 'react-aria-components/Popover';
import { Button } from './Button';
import filter from './Filter.module.css';
import { Icon } from './Icon';
import menu from './Menu.module.css';
import styles from './Picker.module.css';
import { SearchField } from './SearchField';

export interface Picked {
  id: string;
  /** Empty while it is not known. */
  name: string;
}

interface PickerProps {
  label: string;
  chosen: Picked | null;
  onChange: (picked: Picked | null) => void;
  /** The list to pick from, in which `choose` ends the choice. */
  children: (choose: (picked: Picked | null) => void) => ReactNode;
}

/** A button that names what is chosen, with a list from which to pick something else. */
export function Picker({ label, chosen, onChange, children }: PickerProps) {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  const [picked, setPicked] = useState<Picked | null>(null);
  // The name of what has just been picked is known before the page has read it.
  const name = chosen && (chosen.name || (picked?.id === chosen.id && picked.name));
  const choose = (item: Picked | null) => {
    setPicked(item);
    setOpen(false);
    onChange(item);
  };
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button className={chosen ? (filter['chosen'] ?? '') : ''}>
        <span>{name ? t`${label}: ${name}` : label}</span>
        <Icon name="chevron" size={14} />
      </Button>
      {/* It is a dialog itself, with the hidden buttons that close it for a screen reader. */}
      <Popover aria-label={label} className={`${menu['popover']} ${styles['dialog']}`} placement="bottom start">
        {children(choose)}
      </Popover>
    </DialogTrigger>
  );
}

export interface PickerItem extends Picked {
  /** Beside the name, such as an email address. */
  detail?: string | undefined;
}

interface PickerListProps {
  label: string;
  searchLabel: string;
  onSearch: (search: string) => void;
  search: string;
  /** The items that the server finds; undefined while it searches. */
  items: readonly PickerItem[] | undefined;
  hasMore: boolean;
  /** What is said if the search fails, or finds nothing. */
  note: { failed: string | undefined; none: string };
  /** The first item, which chooses nothing. */
  nothing?: string | undefined;
  onChoose: (picked: Picked | null) => void;
}

/** A list that is searched on the server. */
export function PickerList({ label, searchLabel, search, onSearch, items, hasMore, note, nothing, onChoose }: PickerListProps) {
  return (
    <>
      <SearchField label={searchLabel} autoFocus value={search} onSearch={onSearch} />
      <ul className={styles['items']} aria-label={label}>
        {nothing !== undefined && search === '' && (
          <li>
            <Button variant="quiet" className={styles['item']} onPress={() => onChoose(null)}>
              {nothing}
            </Button>
          </li>
        )}
        {items?.map(({ id, name, detail }) => (
          <li key={id}>
            <Button variant="quiet" className={styles['item']} onPress={() => onChoose({ id, name })}>
              <span>{name}</span>
              {detail !== undefined && <span className={styles['detail']}>{detail}</span>}
            </Button>
          </li>
        ))}
      </ul>
      <p role="status" className={styles['note']}>
        {note.failed ?? (!items ? <Trans>Searching …</Trans> : items.length === 0 ? note.none : hasMore && <Trans>There are more: type a part of the name.</Trans>)}
      </p>
    </>
  );
}
