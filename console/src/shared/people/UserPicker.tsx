import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { Autocomplete } from 'react-aria-components/Autocomplete';
import { Input } from 'react-aria-components/Input';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { SearchField } from 'react-aria-components/SearchField';
import { graphql } from '../../gql';
import { useRead } from '../api/operations';
import { Button } from '../ui/Button';
import filter from '../ui/Filter.module.css';
import { Icon } from '../ui/Icon';
import menu from '../ui/Menu.module.css';
import styles from './UserPicker.module.css';

/** How long after the last key a search begins, in milliseconds. */
const PAUSE = 250;

const PickedUsers = graphql(`
  query PickedUsers($search: String!) {
    users(first: 6, filter: { search: $search }) {
      nodes {
        id
        displayName
        email
      }
      pageInfo {
        hasNextPage
      }
    }
  }
`);

export interface PickedUser {
  id: string;
  /** Empty while it is not known. */
  name: string;
}

interface UserPickerProps {
  label: string;
  chosen: PickedUser | null;
  onChange: (user: PickedUser | null) => void;
}

/** A button that names a user, with a list from which to pick another one. It is searched on the server. */
export function UserPicker({ label, chosen, onChange }: UserPickerProps) {
  const { t } = useLingui();
  const [picked, setPicked] = useState<PickedUser | null>(null);
  // The name of somebody who has just been picked is known before the page has read it.
  const name = chosen && (chosen.name || (picked?.id === chosen.id && picked.name));
  const choose = (user: PickedUser | null) => {
    setPicked(user);
    onChange(user);
  };
  return (
    <MenuTrigger>
      <Button className={chosen ? (filter['chosen'] ?? '') : ''}>
        <span>{name ? t`${label}: ${name}` : label}</span>
        <Icon name="chevron" size={14} />
      </Button>
      <Popover className={menu['popover']} placement="bottom start">
        <UserList label={label} isChosen={chosen !== null} onChoose={choose} />
      </Popover>
    </MenuTrigger>
  );
}

interface UserListProps {
  label: string;
  isChosen: boolean;
  onChoose: (user: PickedUser | null) => void;
}

function UserList({ label, isChosen, onChoose }: UserListProps) {
  const { t } = useLingui();
  const [text, setText] = useState('');
  const { data, problem } = useRead(PickedUsers, { search: usePaused(text) });
  const found = data?.users.nodes ?? [];
  const choose = (key: string) => {
    const user = found.find(({ id }) => id === key);
    onChoose(user ? { id: user.id, name: user.displayName } : null);
  };
  return (
    <Autocomplete inputValue={text} onInputChange={setText} disableAutoFocusFirst>
      <SearchField aria-label={t`Search users`} autoFocus className={styles['search']}>
        <Input className={styles['input']} placeholder={t`Search users`} maxLength={200} />
      </SearchField>
      <Menu
        aria-label={label}
        className={`${menu['menu']} ${styles['users']}`}
        onAction={(key) => choose(String(key))}
        renderEmptyState={() => (
          <p className={styles['note']}>
            {problem ? <Trans>The users could not be read.</Trans> : data ? <Trans>No users found</Trans> : <Trans>Searching …</Trans>}
          </p>
        )}
      >
        {isChosen && text === '' && (
          <MenuItem id="anybody" textValue={t`Anybody`} className={menu['item']}>
            <Trans>Anybody</Trans>
          </MenuItem>
        )}
        {found.map(({ id, displayName, email }) => (
          <MenuItem key={id} id={id} textValue={displayName} className={`${menu['item']} ${styles['user']}`}>
            <span>{displayName}</span>
            {displayName !== email && <span className={styles['email']}>{email}</span>}
          </MenuItem>
        ))}
      </Menu>
      {data?.users.pageInfo.hasNextPage && (
        <p className={styles['note']}>
          <Trans>There are more: type a part of the name.</Trans>
        </p>
      )}
    </Autocomplete>
  );
}

/** The text when the person has paused. */
function usePaused(text: string): string {
  const [paused, setPaused] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text.trim()), PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}
