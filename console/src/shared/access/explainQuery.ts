import { graphql } from '../../gql';
import type { ExplainAccessQuery } from '../../gql/graphql';

/** Why a user may do something, or why not. */
export const ExplainAccess = graphql(`
  query ExplainAccess($user: ID!, $action: PolicyAction!, $on: ID!) {
    explainAccess(user: $user, action: $action, on: $on) {
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
