import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { usePart } from '../shared/api/opening';
import { SearchField } from '../shared/ui/SearchField';
import { Choice } from './Choice';
import { AccountsOfOrganization } from './queries';

interface AccountChoiceProps {
  organization: string;
  contract: string;
  delivery: string;
  onContract: (id: string) => void;
  onDelivery: (id: string) => void;
  errors: Record<string, string[]>;
}

/** The two accounts that a service connects. Each is searched on the server. */
export function AccountChoice({ organization, contract, delivery, onContract, onDelivery, errors }: AccountChoiceProps) {
  const { t } = useLingui();
  const [contractSearch, setContractSearch] = useState('');
  const [deliverySearch, setDeliverySearch] = useState('');
  const { data } = usePart(AccountsOfOrganization, { id: organization, contract: contractSearch, delivery: deliverySearch });
  const contracts = (data?.organization?.contractChoices.nodes ?? []).map(({ id, name }) => ({ value: id, label: name }));
  const deliveries = (data?.organization?.deliveryChoices.nodes ?? []).map(({ id, name }) => ({ value: id, label: name }));
  return (
    <>
      <SearchField
        label={t`Search contract accounts`}
        value={contractSearch}
        onSearch={(text) => {
          setContractSearch(text);
          onContract('');
        }}
      />
      <Choice label={t`Contract account`} value={contract} onChange={onContract} options={contracts} messages={errors['contractAccount'] ?? []} />
      <SearchField
        label={t`Search delivery accounts`}
        value={deliverySearch}
        onSearch={(text) => {
          setDeliverySearch(text);
          onDelivery('');
        }}
      />
      <Choice label={t`Delivery account`} value={delivery} onChange={onDelivery} options={deliveries} messages={errors['deliveryAccount'] ?? []} />
    </>
  );
}
