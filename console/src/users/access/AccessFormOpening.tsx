import { type ReactNode, useState } from 'react';
import type { Audience } from '../../gql/graphql';
import { openedPart, OpenedParts } from '../../shared/api/opening';
import { useRead } from '../../shared/api/operations';
import { TemplateOffer } from '../templates/formQueries';
import { type AccessChoice, accessInput } from './accessChoice';
import { AccessForm, AccessOffer, PreviewedAccess } from './queries';

/** What a form offers before anything is searched. */
export const nothingSearched = { contractSearch: '', deliverySearch: '' };

interface AccessFormOpeningProps {
  audience: Audience;
  choice: AccessChoice;
  /** Whether the access can be that of a template. */
  hasTemplates: boolean;
  /** Whether what is chosen is previewed anew, because it was refused. */
  isAnew: boolean;
  children: ReactNode;
}

/** Reads in one query what the parts of a form show when it opens. */
export function AccessFormOpening({ audience, choice, hasTemplates, isAnew, children }: AccessFormOpeningProps) {
  const [input] = useState(() => accessInput(audience, choice));
  const read = useRead(AccessForm, { ...nothingSearched, templateSearch: '', hasTemplates, input });
  const { data } = read;
  const parts = [
    openedPart(AccessOffer, nothingSearched, read),
    ...(hasTemplates ? [openedPart(TemplateOffer, { templateSearch: '' }, { ...read, data: data?.accessTemplates && { ...data, accessTemplates: data.accessTemplates } })] : []),
    ...(isAnew ? [] : [openedPart(PreviewedAccess, { input }, read)]),
  ];
  return <OpenedParts value={parts}>{children}</OpenedParts>;
}
