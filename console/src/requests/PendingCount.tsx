import { Plural } from '@lingui/react/macro';
import { graphql } from '../gql';
import { useRead } from '../shared/api/operations';

const Pending = graphql(`
  query PendingAccessRequests {
    accessRequests(first: 1, filter: { mine: false, state: [PENDING] }) {
      totalCount
    }
  }
`);

/** How many requests of others wait for a decision. */
export function PendingCount() {
  const { data } = useRead(Pending, {});
  const count = data?.accessRequests.totalCount ?? 0;
  if (count === 0) return null;
  return (
    <span>
      {' '}
      (<span aria-hidden="true">{count}</span>
      <span className="visually-hidden">
        <Plural value={count} one="# waiting" other="# waiting" />
      </span>
      )
    </span>
  );
}
