import { useLingui } from '@lingui/react/macro';
import { useId } from 'react';
import { UserPicker } from '../shared/people/UserPicker';
import { Filter, Filters } from '../shared/ui/Filter';
import styles from './Activity.module.css';
import { type ActivitySearch, changed, isFiltered } from './activitySearch';
import { auditKinds, kindWords } from './auditKinds';

interface ActivityFiltersProps {
  search: ActivitySearch;
  /** The name of a user by whom the list is narrowed, as far as it is known. */
  nameOf: (id: string) => string | undefined;
  onChange: (search: ActivitySearch) => void;
}

/** Who did what to whom, and when. */
export function ActivityFilters({ search, nameOf, onChange }: ActivityFiltersProps) {
  const { t, i18n } = useLingui();
  const change = (part: Partial<ActivitySearch>) => onChange(changed(search, part));
  const chosen = (id: string | undefined) => (id ? { id, name: nameOf(id) ?? '' } : null);
  return (
    <Filters label={t`Activity`} onClear={isFiltered(search) ? () => onChange({}) : undefined}>
      <UserPicker label={t`By`} chosen={chosen(search.who)} onChange={(user) => change({ who: user?.id })} />
      <UserPicker label={t`About`} chosen={chosen(search.whom)} onChange={(user) => change({ whom: user?.id })} />
      <Filter
        label={t`What`}
        items={auditKinds.map((key) => ({ key, label: i18n._(kindWords[key]) }))}
        chosen={search.what}
        onChange={(what) => change({ what })}
      />
      <div className={styles['days']}>
        <DayField label={t`From`} value={search.from} onChange={(from) => change({ from })} />
        <DayField label={t`To`} value={search.to} onChange={(to) => change({ to })} />
      </div>
    </Filters>
  );
}

interface DayFieldProps {
  label: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
}

/** A day. While one is being typed, the list stays as it is. */
function DayField({ label, value = '', onChange }: DayFieldProps) {
  const id = useId();
  return (
    <div className={styles['day']}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="date"
        max="9999-12-31"
        // Another value comes from elsewhere: Back, or a link.
        key={value}
        defaultValue={value}
        onChange={(event) => {
          // Years begin with zeros while they are typed.
          if (event.target.value === '' || event.target.value >= '2000') onChange(event.target.value || undefined);
        }}
      />
    </div>
  );
}
