import { useLingui } from '@lingui/react/macro';
import { AccountPicker } from '../shared/accounts/AccountPicker';
import { UserPicker } from '../shared/people/UserPicker';
import { Filter, Filters, FixedFilter } from '../shared/ui/Filter';
import { SearchField } from '../shared/ui/SearchField';
import styles from './reviews.module.css';
import { changed, isFiltered, kinds, type Mark, marks, type ReviewSearch } from './reviewSearch';
import { kindWords, markWords } from './words';

interface ReviewFiltersProps {
  search: ReviewSearch;
  /** The name of a user or account by which the entries are narrowed. */
  nameOf: (id: string | undefined) => string | undefined;
  onChange: (search: ReviewSearch) => void;
}

export function ReviewFilters({ search, nameOf, onChange }: ReviewFiltersProps) {
  const { t, i18n } = useLingui();
  const narrow = (change: Partial<ReviewSearch>) => onChange(changed(search, change));
  const user = search.user ? { id: search.user, name: nameOf(search.user) ?? '' } : null;
  return (
    <Filters label={t`Entries`} onClear={isFiltered(search) ? () => onChange({}) : undefined}>
      <SearchField label={t`Search entries`} value={search.search ?? ''} onSearch={(text) => narrow({ search: text || undefined })} />
      <SearchField label={t`Search reasons`} value={search.why ?? ''} onSearch={(text) => narrow({ why: text || undefined })} />
      <UserPicker label={t`User`} chosen={user} onChange={(picked) => narrow({ user: picked?.id })} />
      {search.account ? (
        <FixedFilter label={t`Account`} name={nameOf(search.account)} onClear={() => narrow({ account: undefined })} />
      ) : (
        <AccountPicker label={t`Account`} chosen={null} onChange={({ id }) => narrow({ account: id })} />
      )}
      <Filter
        label={t`Kind`}
        items={kinds.map((key) => ({ key, label: i18n._(kindWords[key]) }))}
        chosen={search.kind}
        onChange={(kind) => narrow({ kind })}
      />
      <Filter<Mark>
        label={t`Mark`}
        items={marks.map((key) => ({ key, label: i18n._(markWords[key]) }))}
        chosen={search.mark ? [search.mark] : undefined}
        onChange={(chosen) => narrow({ mark: chosen?.find((mark) => mark !== search.mark) })}
      />
      <label className={styles['ends']}>
        {t`Ends before`}
        <input type="date" value={search.ends ?? ''} onChange={(event) => narrow({ ends: event.target.value || undefined })} />
      </label>
    </Filters>
  );
}
