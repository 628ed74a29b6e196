import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { usePart } from '../shared/api/opening';
import { SearchField } from '../shared/ui/SearchField';
import { Choice } from './Choice';
import styles from './organizations.module.css';
import { AccountsOfOrganization } from './queries';

interface AccountChoiceProps {
  organization: string;
  contract: string;
  delivery: string;
  onContract: (id: string) => void;
  onDelivery: (id: string) => void;
  errors: Record<string, string[]>;
}

/** The two accounts that a service connects. */
export function AccountChoice({ organization, contract, delivery, onContract, onDelivery, errors }: AccountChoiceProps) {
  const { t } = useLingui();
  const [contractSearch, setContractSearch] = useState('');
  const [deliverySearch, setDeliverySearch] = useState('');
  const { data } = usePart(AccountsOfOrganization, { id: organization, contract: contractSearch, delivery: deliverySearch });
  return (
    <>
      <SearchedChoice
        label={t`Contract account`}
        searchLabel={t`Search contract accounts`}
        found={data?.organization?.contractChoices}
        search={contractSearch}
        onSearch={setContractSearch}
        value={contract}
        onChange={onContract}
        messages={errors['contractAccount'] ?? []}
      />
      <SearchedChoice
        label={t`Delivery account`}
        searchLabel={t`Search delivery accounts`}
        found={data?.organization?.deliveryChoices}
        search={deliverySearch}
        onSearch={setDeliverySearch}
        value={delivery}
        onChange={onDelivery}
        messages={errors['deliveryAccount'] ?? []}
      />
    </>
  );
}

interface SearchedChoiceProps {
  label: string;
  searchLabel: string;
  found: { totalCount: number; nodes: readonly { id: string; name: string }[] } | undefined;
  search: string;
  onSearch: (text: string) => void;
  value: string;
  onChange: (id: string) => void;
  messages: readonly string[];
}

/** One of the accounts that the server finds, with a search if they aren't all offered. */
function SearchedChoice({ label, searchLabel, found, search, onSearch, value, onChange, messages }: SearchedChoiceProps) {
  const { nodes = [], totalCount = 0 } = found ?? {};
  return (
    <div className={styles['searched']}>
      <Choice label={label} value={value} onChange={onChange} options={nodes.map(({ id, name }) => ({ value: id, label: name }))} messages={messages} />
      {(search !== '' || totalCount > nodes.length) && (
        <SearchField
          label={searchLabel}
          value={search}
          onSearch={(text) => {
            onSearch(text);
            onChange('');
          }}
        />
      )}
    </div>
  );
}
