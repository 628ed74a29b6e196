import { useNavigate, useSearch } from '@tanstack/react-router';
import type { Position } from './ui/Paging';

/** What the address says about a list, as `validate` reads it, and the ways to change it. */
export function useListAddress<Search extends Position>(validate: (search: Record<string, unknown>) => Search) {
  const search = validate(useSearch({ strict: false }));
  const navigate = useNavigate();
  /** Narrows or orders the list in another way; what is seen of the page stays in its place. */
  const show = (wanted: Search) => void navigate({ to: '.', search: { ...wanted } as never, resetScroll: false });
  /** Turns the page, and shows the beginning of the next one. */
  const turn = ({ after, before }: Position, { replace = false } = {}) =>
    void navigate({ to: '.', search: { ...search, after, before } as never, replace });
  return { search, show, turn };
}
