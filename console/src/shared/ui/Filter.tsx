import { Trans, useLingui } from '@lingui/react/macro';
import type { ReactNode } from 'react';
import { Button } from './Button';
import styles from './Filter.module.css';
import { Icon } from './Icon';
import { ChoiceMenu } from './Menu';
import type { MenuChoice } from './MenuPopup';

interface FiltersProps {
  /** What is searched. */
  label: string;
  /** Clears them; undefined if there is nothing to clear. */
  onClear: (() => void) | undefined;
  children: ReactNode;
}

/** The search and the filters above a list. */
export function Filters({ label, onClear, children }: FiltersProps) {
  return (
    <div className={styles['filters']} role="search" aria-label={label}>
      {children}
      {onClear && (
        <Button variant="quiet" onPress={onClear}>
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
export function Filter<Key extends string>({ label, items, chosen = [], onChange }: FilterProps<Key>) {
  const [first, ...others] = items.filter(({ key }) => chosen.includes(key)).map((item) => item.label);
  return (
    <ChoiceMenu label={label} mode="multiple" items={items} chosen={chosen} onChange={(keys) => onChange(keys.length ? keys : undefined)}>
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

/** One thing to which a list is narrowed; pressing it takes it away. */
export function FixedFilter({ label, name, onClear }: { label: string; name: string | undefined; onClear: () => void }) {
  const { t } = useLingui();
  const text = name ? `${label}: ${name}` : label;
  return (
    <Button className={styles['chosen'] ?? ''} aria-label={t`Remove the filter ${text}`} onPress={onClear}>
      {text}
      <Icon name="close" size={14} />
    </Button>
  );
}
