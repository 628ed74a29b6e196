import { useState } from 'react';

/** As many as the server changes at once. */
export const MOST_SELECTED = 200;

export interface Selection {
  selected: readonly string[];
  /** Selects these, and nobody else. */
  replace: (ids: readonly string[]) => void;
  toggle: (ids: readonly string[], isSelected: boolean) => void;
  clear: () => void;
}

/** The users who are selected, on whatever page of a list they are. */
export function useSelection(): Selection {
  const [selected, setSelected] = useState<readonly string[]>([]);
  const toggle: Selection['toggle'] = (ids, isSelected) => {
    const others = selected.filter((id) => !ids.includes(id));
    setSelected(isSelected ? [...others, ...ids].slice(0, MOST_SELECTED) : others);
  };
  return { selected, replace: (ids) => setSelected(ids.slice(0, MOST_SELECTED)), toggle, clear: () => setSelected([]) };
}
