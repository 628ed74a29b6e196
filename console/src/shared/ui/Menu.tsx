import { type ReactElement, useId } from 'react';
import { Menu as AriaMenu, MenuItem, MenuTrigger, type Selection } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Icon } from './Icon';
import styles from './Menu.module.css';

export interface MenuChoice<Key extends string> {
  key: Key;
  label: string;
  /** Takes something away from somebody. */
  isDangerous?: boolean;
}

interface ActionMenuProps<Key extends string> {
  /** The button that opens the menu. */
  children: ReactElement;
  label: string;
  items: readonly MenuChoice<Key>[];
  onAction: (key: Key) => void;
}

/** A button with a menu of things to do. */
export function ActionMenu<Key extends string>({ children, label, items, onAction }: ActionMenuProps<Key>) {
  return (
    <MenuTrigger>
      {children}
      <Popover className={styles['popover']} placement="bottom end">
        <AriaMenu aria-label={label} className={styles['menu']} onAction={(key) => onAction(key as Key)}>
          {items.map(({ key, label: text, isDangerous }) => (
            <MenuItem key={key} id={key} textValue={text} className={`${styles['item']} ${isDangerous ? styles['dangerous'] : ''}`}>
              {text}
            </MenuItem>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}

interface ChoiceMenuProps<Key extends string> {
  children: ReactElement;
  label: string;
  items: readonly MenuChoice<Key>[];
  /** `single` always has one choice; `multiple` may have none. */
  mode: 'single' | 'multiple';
  chosen: readonly Key[];
  onChange: (chosen: Key[]) => void;
}

/** A button with a menu of choices, of which those that hold are ticked. */
export function ChoiceMenu<Key extends string>({ children, label, items, mode, chosen, onChange }: ChoiceMenuProps<Key>) {
  const id = useId();
  const change = (selection: Selection) => {
    const keys = selection === 'all' ? items.map(({ key }) => key) : items.map(({ key }) => key).filter((key) => selection.has(key));
    onChange(keys);
  };
  return (
    <MenuTrigger>
      {children}
      <Popover className={styles['popover']} placement="bottom start">
        <AriaMenu
          id={id}
          aria-label={label}
          className={styles['menu']}
          selectionMode={mode}
          disallowEmptySelection={mode === 'single'}
          selectedKeys={chosen}
          onSelectionChange={change}
        >
          {items.map(({ key, label: text }) => (
            <MenuItem key={key} id={key} textValue={text} className={styles['item']}>
              {({ isSelected }) => (
                <>
                  <span className={styles['tick']}>{isSelected && <Icon name="check" />}</span>
                  {text}
                </>
              )}
            </MenuItem>
          ))}
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  );
}
