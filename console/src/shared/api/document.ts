import type { DocumentInput, TypedDocumentNode } from 'urql';

interface Generated {
  definitions?: readonly unknown[];
  __meta__?: { hash?: string };
}

const persisted = new WeakMap<object, object>();

/** The document in the form that urql sends: by its id, or as text if codegen ran with --text. */
export function sendable<Data, Variables extends object>(
  document: TypedDocumentNode<Data, Variables>,
): DocumentInput<Data, Variables> {
  const { definitions, __meta__ } = document as Generated;
  if (definitions?.length || !__meta__?.hash) return document;
  const known = persisted.get(document) ?? { kind: 'Document', definitions: [], documentId: __meta__.hash, loc: noText };
  persisted.set(document, known);
  return known as DocumentInput<Data, Variables>;
}

/** urql would print the definitions, of which there are none. */
const noText = { start: 0, end: 0, source: { body: '', name: 'persisted', locationOffset: { line: 1, column: 1 } } };
