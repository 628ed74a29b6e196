import { useLingui } from '@lingui/react/macro';
import { Filter, Filters } from '../shared/ui/Filter';
import { SearchField } from '../shared/ui/SearchField';
import { permissionWords } from './permissionWords';
import { changed, isFiltered, kinds, mails, permissions, statuses, type UsersSearch } from './usersSearch';
import { kindWords, mailWords, statusWords } from './words';

interface UserFiltersProps {
  search: UsersSearch;
  onChange: (search: UsersSearch) => void;
}

/** The search and the filters above a list of users. */
export function UserFilters({ search, onChange }: UserFiltersProps) {
  const { t, i18n } = useLingui();
  const change = (part: Partial<UsersSearch>) => onChange(changed(search, part));
  return (
    <Filters label={t`Users`} onClear={isFiltered(search) ? () => onChange({ order: search.order }) : undefined}>
      <SearchField label={t`Search users`} value={search.search ?? ''} onSearch={(text) => change({ search: text || undefined })} />
      <Filter
        label={t`Status`}
        items={statuses.map((key) => ({ key, label: i18n._(statusWords[key]) }))}
        chosen={search.status}
        onChange={(status) => change({ status })}
      />
      <Filter
        label={t`Type`}
        items={kinds.map((key) => ({ key, label: i18n._(kindWords[key]) }))}
        chosen={search.kind}
        onChange={(kind) => change({ kind })}
      />
      <Filter
        label={t`Permission`}
        items={permissions.map((key) => ({ key, label: i18n._(permissionWords[key].name) }))}
        chosen={search.permission}
        onChange={(permission) => change({ permission })}
      />
      <Filter
        label={t`Activation email`}
        items={mails.map((key) => ({ key, label: i18n._(mailWords[key]) }))}
        chosen={search.mail}
        onChange={(mail) => change({ mail })}
      />
    </Filters>
  );
}
