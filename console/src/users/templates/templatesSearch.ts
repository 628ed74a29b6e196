import { oneOf, textOf } from '../../shared/searchParameters';
import { pageArguments, type Position } from '../../shared/ui/Paging';

export const PAGE_SIZE = 25;

/** What the address of the templates says. */
export interface TemplatesSearch extends Position {
  search?: string | undefined;
  /** The dialog that is open. */
  act?: 'remove' | undefined;
  /** The template that the dialog is about. */
  template?: string | undefined;
}

export function validateTemplatesSearch(search: Record<string, unknown>): TemplatesSearch {
  return {
    search: textOf(search['search'])?.slice(0, 200),
    act: oneOf(['remove'], search['act']),
    template: textOf(search['template']),
    after: textOf(search['after']),
    before: textOf(search['before']),
  };
}

/** The variables of the list's query. */
export function templatesVariables({ search, after, before }: TemplatesSearch) {
  return { ...pageArguments({ after, before }, PAGE_SIZE), filter: { search } };
}
