import { Trans, useLingui } from '@lingui/react/macro';
import { Button } from '../shared/ui/Button';
import { Icon } from '../shared/ui/Icon';
import { ChoiceMenu, type MenuChoice } from '../shared/ui/Menu';
import { SearchField } from '../shared/ui/SearchField';
import styles from './UserFilters.module.css';
import { changed, isFiltered, kinds, mails, statuses, type UsersSearch } from './usersSearch';
import type { NamedPermission } from './usersQuery';
import { kindWords, mailWords, statusWords } from './words';

interface UserFiltersProps {
  search: UsersSearch;
  /** The permissions by which one can filter; empty until they are known. */
  permissions: readonly NamedPermission[];
  onChange: (search: UsersSearch) => void;
}

/** The search and the filters above a list of users. */
export function UserFilters({ search, permissions, onChange }: UserFiltersProps) {
  const { t, i18n } = useLingui();
  const change = (part: Partial<UsersSearch>) => onChange(changed(search, part));
  return (
    <div className={styles['filters']} role="search" aria-label={t`Users`}>
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
        items={permissions.map(({ permission, name }) => ({ key: permission, label: name }))}
        chosen={search.permission}
        onChange={(permission) => change({ permission })}
      />
      <Filter
        label={t`Activation email`}
        items={mails.map((key) => ({ key, label: i18n._(mailWords[key]) }))}
        chosen={search.mail}
        onChange={(mail) => change({ mail })}
      />
      {isFiltered(search) && (
        <Button variant="quiet" onPress={() => onChange({ order: search.order })}>
          <Trans>Clear filters</Trans>
        </Button>
      )}
    </div>
  );
}

interface FilterProps<Key extends string> {
  label: string;
  items: readonly MenuChoice<Key>[];
  chosen: readonly Key[] | undefined;
  onChange: (chosen: Key[] | undefined) => void;
}

/** A button that says how a list is narrowed, with a menu to change it. */
function Filter<Key extends string>({ label, items, chosen = [], onChange }: FilterProps<Key>) {
  const names = items.filter(({ key }) => chosen.includes(key)).map((item) => item.label);
  const [first, ...others] = names;
  return (
    <ChoiceMenu
      label={label}
      mode="multiple"
      items={items}
      chosen={chosen}
      onChange={(keys) => onChange(keys.length ? keys : undefined)}
    >
      <Button className={chosen.length ? styles['chosen'] : ''}>
        <span>
          {label}
          {first && `: ${first}`}
          {others.length > 0 && ` +${others.length}`}
        </span>
        <Icon name="chevron" size={14} />
      </Button>
    </ChoiceMenu>
  );
}
