import { useLingui } from '@lingui/react/macro';
import { Filter, Filters, FixedFilter } from '../shared/ui/Filter';
import { SearchField } from '../shared/ui/SearchField';
import type { FilterAccount } from './servicesQuery';
import { changed, isFiltered, type ServicesSearch, statuses } from './servicesSearch';
import { statusWords } from './words';

interface ServiceFiltersProps {
  search: ServicesSearch;
  /** The accounts by which the list is narrowed, as far as they are known. */
  accounts: readonly FilterAccount[];
  onChange: (search: ServicesSearch) => void;
}

/** The search and the filters above the list of services. */
export function ServiceFilters({ search, accounts, onChange }: ServiceFiltersProps) {
  const { t, i18n } = useLingui();
  const change = (part: Partial<ServicesSearch>) => onChange(changed(search, part));
  const nameOf = (id: string | undefined) => accounts.flatMap((node) => (node && 'name' in node && node.id === id ? [node.name] : []))[0];
  return (
    <Filters label={t`Services`} onClear={isFiltered(search) ? () => onChange({ order: search.order }) : undefined}>
      <SearchField label={t`Search services`} value={search.search ?? ''} onSearch={(text) => change({ search: text || undefined })} />
      <Filter
        label={t`Status`}
        items={statuses.map((key) => ({ key, label: i18n._(statusWords[key]) }))}
        chosen={search.status}
        onChange={(status) => change({ status })}
      />
      {search.contractAccount && (
        <FixedFilter label={t`Contract account`} name={nameOf(search.contractAccount)} onClear={() => change({ contractAccount: undefined })} />
      )}
      {search.deliveryAccount && (
        <FixedFilter label={t`Delivery account`} name={nameOf(search.deliveryAccount)} onClear={() => change({ deliveryAccount: undefined })} />
      )}
    </Filters>
  );
}
