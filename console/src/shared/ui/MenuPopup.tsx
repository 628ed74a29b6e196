import type { RefObject } from 'react';
import { Menu, MenuItem, type Selection } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Icon } from './Icon';
import styles from './Menu.module.css';

export interface MenuChoice<Key extends string> {
  key: Key;
  label: string;
  /** Takes something away from somebody. */
  isDangerous?: boolean;
}

export interface MenuPopupProps {
  id: string;
  trigger: RefObject<HTMLButtonElement | null>;
  placement: 'bottom start' | 'bottom end';
  label: string;
  items: readonly MenuChoice<string>[];
  /** Where the focus goes. */
  autoFocus: 'first' | 'last';
  onClose: () => void;
  /** For a menu of things to do. */
  onAction?: ((key: string) => void) | undefined;
  /** For a menu of choices. */
  choice?: { mode: 'single' | 'multiple'; chosen: readonly string[]; onChange: (chosen: string[]) => void } | undefined;
}

/** The menu itself, at its button. Render it only while it is open. */
export function MenuPopup({ id, trigger, placement, label, items, autoFocus, onClose, onAction, choice }: MenuPopupProps) {
  const change = (selection: Selection) => {
    choice?.onChange(items.map(({ key }) => key).filter((key) => selection === 'all' || selection.has(key)));
  };
  return (
    <Popover
      className={styles['popover']}
      aria-label={label}
      triggerRef={trigger}
      trigger="MenuTrigger"
      placement={placement}
      isOpen
      onOpenChange={(isOpen) => !isOpen && onClose()}
    >
      <Menu
        id={id}
        aria-label={label}
        className={styles['menu']}
        autoFocus={autoFocus}
        onClose={onClose}
        onAction={(key) => onAction?.(String(key))}
        selectionMode={choice?.mode ?? 'none'}
        disallowEmptySelection={choice?.mode === 'single'}
        selectedKeys={choice?.chosen ?? []}
        onSelectionChange={change}
      >
        {items.map(({ key, label: text, isDangerous }) => (
          <MenuItem key={key} id={key} textValue={text} className={`${styles['item']} ${isDangerous ? styles['dangerous'] : ''}`}>
            {({ isSelected }) => (
              <>
                {choice && <span className={styles['tick']}>{isSelected && <Icon name="check" />}</span>}
                {text}
              </>
            )}
          </MenuItem>
        ))}
      </Menu>
    </Popover>
  );
}
