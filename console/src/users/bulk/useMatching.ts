import { useState } from 'react';
import { useClient } from 'urql';
import { graphql } from '../../gql';
import type { UserFilter, UserOrder } from '../../gql/graphql';
import { sendable } from '../../shared/api/document';
import { type Problem, problemOf } from '../../shared/api/problem';
import { MOST_SELECTED } from '../useSelection';

const MatchingUsers = graphql(`
  query MatchingUsers($after: String, $filter: UserFilter!, $orderBy: UserOrder!) {
    users(first: 100, after: $after, filter: $filter, orderBy: $orderBy) {
      nodes {
        id
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

/** The users of a whole list. */
export interface Matching {
  filter: UserFilter;
  orderBy: UserOrder;
}

/** Reads the ids of all users of a list, on whatever page they are: as many as can be selected. */
export function useMatching({ filter, orderBy }: Matching, onRead: (ids: string[]) => void) {
  const client = useClient();
  const [isReading, setReading] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const read = async () => {
    const ids: string[] = [];
    let after: string | null | undefined = null;
    setProblem(null);
    setReading(true);
    do {
      const options = { requestPolicy: 'network-only' } as const;
      const { data, error } = await client.query(sendable(MatchingUsers), { after, filter, orderBy }, options).toPromise();
      if (error) setProblem(problemOf(error));
      if (!data) break;
      ids.push(...data.users.nodes.map(({ id }) => id));
      after = data.users.pageInfo.hasNextPage ? data.users.pageInfo.endCursor : null;
      if (!after || ids.length >= MOST_SELECTED) onRead(ids);
    } while (after && ids.length < MOST_SELECTED);
    setReading(false);
  };
  return { read: () => void read(), isReading, problem };
}
