import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '../shared/ui/Button';
import { Icon } from '../shared/ui/Icon';
import { ChoiceMenu } from '../shared/ui/Menu';
import { SearchField } from '../shared/ui/SearchField';
import type { FilterAccount } from './servicesQuery';
import { changed, isFiltered, type ServicesSearch, statuses } from './servicesSearch';
import styles from './ServicesPage.module.css';
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
  const chosen = search.status ?? [];
  const [first, ...others] = chosen.map((status) => i18n._(statusWords[status]));
  return (
    <div className={styles['filters']} role="search" aria-label={t`Services`}>
      <SearchField label={t`Search services`} value={search.search ?? ''} onSearch={(text) => change({ search: text || undefined })} />
      <ChoiceMenu
        label={t`Status`}
        mode="multiple"
        items={statuses.map((key) => ({ key, label: i18n._(statusWords[key]) }))}
        chosen={chosen}
        onChange={(status) => change({ status: status.length ? status : undefined })}
      >
        <Button className={chosen.length ? styles['chosen'] : ''}>
          <span>
            {t`Status`}
            {first && `: ${first}`}
            {others.length > 0 && ` +${others.length}`}
          </span>
          <Icon name="chevron" size={14} />
        </Button>
      </ChoiceMenu>
      {search.contractAccount && (
        <AccountFilter label={t`Contract account`} name={nameOf(search.contractAccount)} onClear={() => change({ contractAccount: undefined })} />
      )}
      {search.deliveryAccount && (
        <AccountFilter label={t`Delivery account`} name={nameOf(search.deliveryAccount)} onClear={() => change({ deliveryAccount: undefined })} />
      )}
      {isFiltered(search) && (
        <Button variant="quiet" onPress={() => onChange({ order: search.order })}>
          <Trans>Clear filters</Trans>
        </Button>
      )}
    </div>
  );
}

/** An account by which the list is narrowed; pressing it takes it away. */
function AccountFilter({ label, name, onClear }: { label: string; name: string | undefined; onClear: () => void }) {
  const { t } = useLingui();
  const text = name ? `${label}: ${name}` : label;
  return (
    <Button className={styles['chosen'] ?? ''} aria-label={t`Remove the filter ${text}`} onPress={onClear}>
      {text}
      <Icon name="close" size={14} />
    </Button>
  );
}
