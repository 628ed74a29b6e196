import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { graphql } from '../../gql';
import { useRead } from '../api/operations';
import { type Picked, Picker, PickerList } from '../ui/Picker';

const PickedAccounts = graphql(`
  query PickedAccounts($search: String!) {
    contractAccounts(first: 5, filter: { search: $search }) {
      nodes {
        id
        name
      }
      pageInfo {
        hasNextPage
      }
    }
    deliveryAccounts(first: 5, filter: { search: $search }) {
      nodes {
        id
        name
      }
      pageInfo {
        hasNextPage
      }
    }
  }
`);

interface AccountPickerProps {
  label: string;
  chosen: Picked | null;
  onChange: (account: Picked) => void;
}

/** A button that names an account of either kind, with a list from which to pick another one. */
export function AccountPicker({ label, chosen, onChange }: AccountPickerProps) {
  return (
    <Picker label={label} chosen={chosen} onChange={(picked) => picked && onChange(picked)}>
      {(choose) => <AccountList onChoose={choose} />}
    </Picker>
  );
}

function AccountList({ onChoose }: { onChoose: (account: Picked | null) => void }) {
  const { t } = useLingui();
  const [search, setSearch] = useState('');
  const { data, problem } = useRead(PickedAccounts, { search });
  const named = (accounts: readonly { id: string; name: string }[], detail: string) => accounts.map(({ id, name }) => ({ id, name, detail }));
  const kinds = data && [data.contractAccounts, data.deliveryAccounts];
  return (
    <PickerList
      label={t`Accounts`}
      searchLabel={t`Search accounts`}
      search={search}
      onSearch={setSearch}
      items={data && [...named(data.contractAccounts.nodes, t`Contract account`), ...named(data.deliveryAccounts.nodes, t`Delivery account`)]}
      hasMore={kinds?.some(({ pageInfo }) => pageInfo.hasNextPage) ?? false}
      note={{ failed: problem ? t`The accounts could not be read.` : undefined, none: t`No accounts found` }}
      onChoose={onChoose}
    />
  );
}
