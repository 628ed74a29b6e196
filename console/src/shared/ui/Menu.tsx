import { type ReactElement, useId, useRef, useState } from 'react';
import { ButtonContext } from 'react-aria-components/Button';
import { lazily } from '../lazily';
import type { MenuChoice, MenuPopupProps } from './MenuPopup';

const MenuPopup = lazily(() => import('./MenuPopup'), 'MenuPopup');

interface MenuProps<Key extends string> {
  /** The button that opens the menu. */
  children: ReactElement;
  label: string;
  items: readonly MenuChoice<Key>[];
}

interface ActionMenuProps<Key extends string> extends MenuProps<Key> {
  onAction: (key: Key) => void;
  /** Called when the menu opens, to load what its actions show. */
  onOpen?: () => void;
}

/** A button with a menu of things to do. */
export function ActionMenu<Key extends string>({ onAction, ...menu }: ActionMenuProps<Key>) {
  return <MenuButton {...menu} placement="bottom end" onAction={(key) => onAction(key as Key)} />;
}

interface ChoiceMenuProps<Key extends string> extends MenuProps<Key> {
  /** `single` always has one choice; `multiple` may have none. */
  mode: 'single' | 'multiple';
  chosen: readonly Key[];
  onChange: (chosen: Key[]) => void;
}

/** A button with a menu of choices, of which those that hold are ticked. */
export function ChoiceMenu<Key extends string>({ mode, chosen, onChange, ...menu }: ChoiceMenuProps<Key>) {
  return <MenuButton {...menu} placement="bottom start" choice={{ mode, chosen, onChange: (keys) => onChange(keys as Key[]) }} />;
}

type MenuButtonProps = Omit<MenuPopupProps, 'id' | 'trigger' | 'autoFocus' | 'onClose'> & { children: ReactElement; onOpen?: (() => void) | undefined };

/** The menu is loaded when somebody is about to open it: React Aria's menus are a sixth of the first screen. */
function MenuButton({ children, onOpen, ...menu }: MenuButtonProps) {
  const id = useId();
  const trigger = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState<'first' | 'last' | null>(null);
  const isOpen = opened !== null;
  const open = (at: 'first' | 'last') => {
    setOpened(at);
    onOpen?.();
  };
  const button = {
    ref: trigger,
    'aria-haspopup': 'menu' as const,
    'aria-expanded': isOpen,
    'aria-controls': isOpen ? id : undefined,
    onPress: () => open('first'),
    onHoverStart: MenuPopup.preload,
    onFocus: MenuPopup.preload,
    onKeyDown: ({ key }: { key: string }) => {
      if (key === 'ArrowDown') open('first');
      if (key === 'ArrowUp') open('last');
    },
  };
  return (
    <>
      <ButtonContext value={button}>{children}</ButtonContext>
      {opened && <MenuPopup {...menu} id={id} trigger={trigger} autoFocus={opened} onClose={() => setOpened(null)} />}
    </>
  );
}
