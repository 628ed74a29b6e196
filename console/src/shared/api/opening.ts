import { createContext, useContext } from 'react';
import { type AnyVariables, stringifyVariables, type TypedDocumentNode } from 'urql';
import { type Read, useRead } from './operations';

/** What a part of a form reads by `document`, as the one query that opened the form has read it. */
export interface OpenedPart {
  document: unknown;
  variables: object;
  read: Read<unknown>;
}

/** The parts that the query of a form has read. */
const Opened = createContext<readonly OpenedPart[]>([]);

export const OpenedParts = Opened.Provider;

export function openedPart<Data, Variables extends AnyVariables & object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  read: Read<Data>,
): OpenedPart {
  return { document, variables, read };
}

/** What has been read already, as a part of a form sees it. */
export function alreadyRead<Data>(data: Data): Read<Data> {
  return { data, isReading: false, isSlow: false, problem: null, retry: () => undefined };
}

/** Reads what a part of a form shows. A form opens with one query, which reads it for all of its parts; once other
 *  variables are wanted, such as a search, the part reads by its own document. */
export function usePart<Data, Variables extends AnyVariables & object>(
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  { pause = false } = {},
): Read<Data> {
  const part = useContext(Opened).find((each) => each.document === document);
  const isOpened = part !== undefined && stringifyVariables(part.variables) === stringifyVariables(variables);
  const own = useRead(document, variables, { pause: pause || isOpened });
  const opened = part?.read as Read<Data> | undefined;
  if (isOpened && opened) return opened;
  return { ...own, data: own.data ?? opened?.data };
}
