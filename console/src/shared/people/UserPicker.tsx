import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { DialogTrigger } from 'react-aria-components/Dialog';
import { Popover } from 'react-aria-components/Popover';
import { graphql } from '../../gql';
import { useRead } from '../api/operations';
import { Button } from '../ui/Button';
import filter from '../ui/Filter.module.css';
import { Icon } from '../ui/Icon';
import menu from '../ui/Menu.module.css';
import { SearchField } from '../ui/SearchField';
import styles from './UserPicker.module.css';

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
  const [isOpen, setOpen] = useState(false);
  const [picked, setPicked] = useState<PickedUser | null>(null);
  // The name of somebody who has just been picked is known before the page has read it.
  const name = chosen && (chosen.name || (picked?.id === chosen.id && picked.name));
  const choose = (user: PickedUser | null) => {
    setPicked(user);
    setOpen(false);
    onChange(user);
  };
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button className={chosen ? (filter['chosen'] ?? '') : ''}>
        <span>{name ? t`${label}: ${name}` : label}</span>
        <Icon name="chevron" size={14} />
      </Button>
      {/* It is a dialog itself, with the hidden buttons that close it for a screen reader. */}
      <Popover aria-label={label} className={`${menu['popover']} ${styles['dialog']}`} placement="bottom start">
        <UserList isChosen={chosen !== null} onChoose={choose} />
      </Popover>
    </DialogTrigger>
  );
}

interface UserListProps {
  isChosen: boolean;
  onChoose: (user: PickedUser | null) => void;
}

function UserList({ isChosen, onChoose }: UserListProps) {
  const { t } = useLingui();
  const [search, setSearch] = useState('');
  const { data, problem } = useRead(PickedUsers, { search });
  const users = data?.users;
  return (
    <>
      <SearchField label={t`Search users`} autoFocus value={search} onSearch={setSearch} />
      <ul className={styles['users']} aria-label={t`Users`}>
        {isChosen && search === '' && (
          <li>
            <Button variant="quiet" className={styles['user']} onPress={() => onChoose(null)}>
              <Trans>Anybody</Trans>
            </Button>
          </li>
        )}
        {users?.nodes.map(({ id, displayName, email }) => (
          <li key={id}>
            <Button variant="quiet" className={styles['user']} onPress={() => onChoose({ id, name: displayName })}>
              <span>{displayName}</span>
              {displayName !== email && <span className={styles['email']}>{email}</span>}
            </Button>
          </li>
        ))}
      </ul>
      <p role="status" className={styles['note']}>
        {problem ? (
          <Trans>The users could not be read.</Trans>
        ) : !users ? (
          <Trans>Searching …</Trans>
        ) : users.nodes.length === 0 ? (
          <Trans>No users found</Trans>
        ) : (
          users.pageInfo.hasNextPage && <Trans>There are more: type a part of the name.</Trans>
        )}
      </p>
    </>
  );
}
