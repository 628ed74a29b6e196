import { graphql } from '../gql';
import type { AccessRequestsQuery } from '../gql/graphql';

/** Everything that the list shows. */
export const AccessRequests = graphql(`
  query AccessRequests($first: Int, $after: String, $last: Int, $before: String, $filter: AccessRequestFilter!) {
    accessRequests(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      totalCount
      nodes {
        id
        kind
        permission
        account
        contractAccount {
          id
          name
        }
        deliveryAccount {
          id
          name
        }
        requester {
          id
          displayName
        }
        reason
        endsAt
        state
        createdAt
        expiresAt
        decidedAt
        decidedBy {
          id
          displayName
        }
        note
        grantedUntil
        viewerCan
      }
      pageInfo {
        ...PageParts
      }
    }
  }
`);

export type ListedRequest = AccessRequestsQuery['accessRequests']['nodes'][number];

export const RequestAccess = graphql(`
  mutation RequestAccess($input: RequestAccessInput!) {
    requestAccess(input: $input) {
      accessRequest {
        id
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const Approve = graphql(`
  mutation ApproveAccessRequest($input: ApproveAccessRequestInput!) {
    approveAccessRequest(input: $input) {
      accessRequest {
        id
        state
        viewerCan
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const Decline = graphql(`
  mutation DeclineAccessRequest($input: DeclineAccessRequestInput!) {
    declineAccessRequest(input: $input) {
      accessRequest {
        id
        state
        viewerCan
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const Withdraw = graphql(`
  mutation WithdrawAccessRequest($id: ID!) {
    withdrawAccessRequest(input: { id: $id }) {
      accessRequest {
        id
        state
        viewerCan
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** The accounts that this admin may give, to choose the one that is meant from. */
export const AccountsToGive = graphql(`
  query AccountsToGive($search: String) {
    viewer {
      assignable {
        contractAccounts(first: 10, filter: { search: $search }) {
          nodes {
            id
            name
          }
        }
        deliveryAccounts(first: 10, filter: { search: $search }) {
          nodes {
            id
            name
          }
        }
      }
    }
  }
`);

/** What the requester gains. */
export const ApprovalGains = graphql(`
  query ApprovalGains($input: AccessPreviewInput!) {
    accessPreview(input: $input) {
      errors {
        code
        message
      }
      gains {
        ...AccessSummary
      }
    }
  }
`);
