import { graphql } from '../../gql';
import type { ExplainAccessQuery } from '../../gql/graphql';

/** Why a user sees something, or why not. */
export const ExplainAccess = graphql(`
  query ExplainAccess($user: ID!, $on: ID!) {
    explainAccess(user: $user, action: VIEW, on: $on) {
      allowed
      status
      ways {
        missing
        conditions {
          kind
          names
          sentence
          holds
        }
      }
    }
  }
`);

export type Explained = NonNullable<ExplainAccessQuery['explainAccess']>;
export type Condition = Explained['ways'][number]['conditions'][number];
