import { useLingui } from '@lingui/react/macro';
import { Filter } from '../shared/ui/Filter';

interface DaysFilterProps {
  label: string;
  /** The numbers of days that are offered. */
  offered: readonly number[];
  chosen: string | undefined;
  onChange: (days: string | undefined) => void;
}

/** Narrows a list by a number of days: by one of those offered, or by the one that a link names. */
export function DaysFilter({ label, offered, chosen, onChange }: DaysFilterProps) {
  const { t } = useLingui();
  const days = [...new Set(chosen ? [...offered, Number(chosen)] : offered)].sort((one, other) => one - other);
  return (
    <Filter
      label={label}
      items={days.map((number) => ({ key: String(number), label: t`${number} days` }))}
      chosen={chosen ? [chosen] : undefined}
      onChange={(keys) => onChange(keys?.find((key) => key !== chosen))}
    />
  );
}
