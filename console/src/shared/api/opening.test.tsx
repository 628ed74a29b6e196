import { render, screen } from '@testing-library/react';
import { Client, fetchExchange, gql, Provider, type TypedDocumentNode } from 'urql';
import { expect, it, vi } from 'vitest';
import { alreadyRead, openedPart, OpenedParts, usePart } from './opening';

const Found: TypedDocumentNode<{ found: string }, { search: string }> = gql`query Found($search: String!) { found }`;

function Part({ search }: { search: string }) {
  const { data } = usePart(Found, { search });
  return <p>{data?.found}</p>;
}

it('reads by itself only what the query of the form has not read', async () => {
  const headers = { 'content-type': 'application/json' };
  const fetched = vi.fn(() => Promise.resolve(new Response(JSON.stringify({ data: { found: 'searched' } }), { headers })));
  const client = new Client({ url: 'https://portico.example/graphql', exchanges: [fetchExchange], fetch: fetched });
  const form = (search: string) => (
    <Provider value={client}>
      <OpenedParts value={[openedPart(Found, { search: '' }, alreadyRead({ found: 'opened' }))]}>
        <Part search={search} />
      </OpenedParts>
    </Provider>
  );
  const { rerender } = render(form(''));
  expect(screen.getByText('opened')).toBeTruthy();
  expect(fetched).not.toHaveBeenCalled();
  rerender(form('south'));
  // Nothing goes away before something else has come.
  expect(screen.getByText('opened')).toBeTruthy();
  expect(await screen.findByText('searched')).toBeTruthy();
  expect(fetched).toHaveBeenCalledTimes(1);
});
