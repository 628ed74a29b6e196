import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { graphql } from '../../gql';
import { useRead } from '../api/operations';
import { type Picked, Picker, PickerList } from '../ui/Picker';

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

export type PickedUser = Picked;

interface UserPickerProps {
  label: string;
  chosen: PickedUser | null;
  onChange: (user: PickedUser | null) => void;
}

/** A button that names a user, with a list from which to pick another one. It is searched on the server. */
export function UserPicker(props: UserPickerProps) {
  return <Picker {...props}>{(choose) => <UserList isChosen={props.chosen !== null} onChoose={choose} />}</Picker>;
}

interface UserListProps {
  isChosen: boolean;
  onChoose: (user: PickedUser | null) => void;
}

function UserList({ isChosen, onChoose }: UserListProps) {
  const { t } = useLingui();
  const [search, setSearch] = useState('');
  const { data, problem } = useRead(PickedUsers, { search });
  return (
    <PickerList
      label={t`Users`}
      searchLabel={t`Search users`}
      search={search}
      onSearch={setSearch}
      items={data?.users.nodes.map(({ id, displayName, email }) => ({
        id,
        name: displayName,
        detail: displayName === email ? undefined : email,
      }))}
      hasMore={data?.users.pageInfo.hasNextPage ?? false}
      note={{ failed: problem ? t`The users could not be read.` : undefined, none: t`No users found` }}
      nothing={isChosen ? t`Anybody` : undefined}
      onChoose={onChoose}
    />
  );
}
