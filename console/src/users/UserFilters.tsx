import { useLingui } from '@lingui/react/macro';
import { Filter, Filters } from '../shared/ui/Filter';
import { SearchField } from '../shared/ui/SearchField';
import { DaysFilter } from './DaysFilter';
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
      <DaysFilter
        label={t`Not signed in for`}
        offered={[30, 60, 90, 180, 365]}
        chosen={search.notSignedInFor}
        onChange={(notSignedInFor) => change({ notSignedInFor })}
      />
      <DaysFilter
        label={t`Access ends within`}
        offered={[3, 14, 30, 90]}
        chosen={search.endsWithin}
        onChange={(endsWithin) => change({ endsWithin })}
      />
    </Filters>
  );
}
