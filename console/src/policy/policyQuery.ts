import { graphql } from '../gql';
import type { AccessPolicyQuery, PolicyDiffQuery } from '../gql/graphql';

/** The policy in force, and its history; and what the tab with the questions opens with, if the page opens there. */
export const ReadPolicy = graphql(`
  query AccessPolicy(
    $isSearching: Boolean!
    $search: String!
    $isNaming: Boolean!
    $named: [ID!]!
    $isExplained: Boolean!
    $user: ID!
    $action: PolicyAction!
    $on: ID!
  ) {
    ...FoundResources @include(if: $isSearching)
    ...NamedResources @include(if: $isNaming)
    ...ExplainAccessFields @include(if: $isExplained)
    policy {
      version
      file
      source
      rules {
        title
        line
        lastLine
      }
      warnings {
        severity
        line
        column
        text
        reason
        suggestion
      }
      activation {
        cause
        by
        at
      }
      history {
        version
        cause
        by
        at
      }
    }
  }
`);

/** What is wrong with an edit, as far as it is found at once. */
export const CheckPolicy = graphql(`
  query PolicyCheck($source: LongText!) {
    policyCheck(source: $source) {
      severity
      line
      column
      text
      reason
      suggestion
    }
  }
`);

/** What an edit would mean. */
export const ComparePolicy = graphql(`
  query PolicyDiff($source: LongText!) {
    policyDiff(source: $source) {
      version
      loads
      findings {
        severity
        line
        column
        text
        reason
        suggestion
      }
      live {
        gained
        lost
        crossing
        byAction {
          name
          gained
          lost
        }
        byRule {
          name
          gained
          lost
        }
        changes {
          gained
          action
          type
          user
          client
          resource
          organization
          rule
        }
      }
      traits {
        verdict
        action
        type
        actors
        was
        becomes
        crosses
        gained
        lost
      }
    }
  }
`);

export type InForce = NonNullable<AccessPolicyQuery['policy']>;
export type Finding = InForce['warnings'][number];
export type Difference = NonNullable<PolicyDiffQuery['policyDiff']>;
export type Live = NonNullable<Difference['live']>;
