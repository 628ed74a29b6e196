import { graphql } from '../gql';
import type { AuditEntryFragment } from '../gql/graphql';

graphql(`
  fragment AuditEntry on AuditEvent {
    id
    kind
    createdAt
    actor {
      id
      displayName
    }
    apiClient {
      id
      name
    }
    subject {
      id
      displayName
    }
    subjectId
    resources {
      id: resource
      name
    }
    changes {
      field
      before
      after
    }
  }
`);

/** A page of the audit trail, and the names of the users by whom it is narrowed. There is no count: it would be of everything
 *  that has ever happened. */
export const Activity = graphql(`
  query Activity($first: Int, $after: String, $last: Int, $before: String, $filter: AuditEventFilter!, $people: [ID!]!) {
    auditEvents(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      nodes {
        ...AuditEntry
      }
      pageInfo {
        ...PageParts
      }
    }
    nodes(ids: $people) {
      ... on User {
        id
        displayName
      }
    }
  }
`);

/** What has happened since the newest event that is shown. */
export const ActivityNews = graphql(`
  query ActivityNews($newest: String, $first: Int, $last: Int, $filter: AuditEventFilter!) {
    auditEvents(before: $newest, first: $first, last: $last, filter: $filter) {
      nodes {
        id
      }
    }
  }
`);

export type AuditEntry = AuditEntryFragment;
