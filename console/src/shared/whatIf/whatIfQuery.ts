import { graphql } from '../../gql';
import type { WhatIfQuery } from '../../gql/graphql';

/** What a change would do, and the names of what it is about. Exactly one of the three changes is asked, or none yet. */
export const WhatIf = graphql(`
  query WhatIf(
    $on: ID!
    $to: ID!
    $isMove: Boolean!
    $isClosing: Boolean!
    $isLeaving: Boolean!
    $effects: [SimulatedEffect!]
    $after: String
    $ids: [ID!]!
  ) {
    simulateServiceMove(service: $on, account: $to, effects: $effects, first: 10, after: $after) @include(if: $isMove) {
      ...Simulated
    }
    simulateAccountClosing(account: $on, effects: $effects, first: 10, after: $after) @include(if: $isClosing) {
      ...Simulated
    }
    simulateUserLeaving(user: $on, effects: $effects, first: 10, after: $after) @include(if: $isLeaving) {
      ...Simulated
    }
    nodes(ids: $ids) {
      ...NamedThing
      ... on User {
        id
        displayName
      }
    }
  }

  fragment Simulated on AccessSimulation {
    isLastAdmin
    isComplete
    totals {
      effect
      action
      type
      changes
    }
    changes {
      effect
      user {
        id
        displayName
      }
      action
      type
      resource
      name
    }
    endCursor
  }
`);

export type Simulated = NonNullable<WhatIfQuery['simulateUserLeaving']>;
export type Total = Simulated['totals'][number];
export type SimulatedChange = Simulated['changes'][number];
