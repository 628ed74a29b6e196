import { graphql } from '../gql';
import type { AccessReviewsQuery, ListedReviewFragment, ReviewedAccessQuery, ReviewEntryFragment } from '../gql/graphql';

graphql(`
  fragment ListedReview on AccessReview {
    id
    createdAt
    state
    progress
    signedOffAt
    createdBy {
      id
      displayName
    }
  }
`);

/** The newest access reviews of the organizations that one sees, which for most people is one. */
export const AccessReviews = graphql(`
  query AccessReviews($search: String, $first: Int, $after: String, $last: Int, $before: String) {
    organizations(first: $first, after: $after, last: $last, before: $before, filter: { search: $search }) {
      totalCount
      nodes {
        id
        name
        viewerCan
        accessReviews(first: 20) {
          totalCount
          nodes {
            ...ListedReview
          }
        }
      }
      pageInfo {
        ...PageParts
      }
    }
  }
`);

/** All access reviews of one organization, in pages. */
export const ReviewsOfOrganization = graphql(`
  query ReviewsOfOrganization($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    organization(id: $id) {
      id
      name
      viewerCan
      accessReviews(first: $first, after: $after, last: $last, before: $before) {
        totalCount
        nodes {
          ...ListedReview
        }
        pageInfo {
          ...PageParts
        }
      }
    }
  }
`);

export const CreateAccessReview = graphql(`
  mutation CreateAccessReview($organization: ID!) {
    createAccessReview(input: { organization: $organization }) {
      accessReview {
        id
      }
      errors {
        code
        message
      }
    }
  }
`);

graphql(`
  fragment ReviewEntry on AccessReviewEntry {
    id
    userEmail
    userName
    userStatus
    user {
      id
    }
    kind
    accountId
    name
    accounts
    endsAt
    why
    reasons {
      kind
      conditions {
        kind
        name
        holds
      }
    }
    removable
    decision
  }
`);

/** A review with a page of its entries, and how many are marked. */
export const ReviewedAccess = graphql(`
  query ReviewedAccess(
    $id: ID!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $filter: AccessReviewEntryFilter!
    $named: [ID!]!
  ) {
    node(id: $id) {
      ... on AccessReview {
        id
        state
        progress
        createdAt
        recordedAt
        signedOffAt
        signedOffBy {
          id
          displayName
        }
        note
        viewerCan
        organization {
          id
          name
        }
        entries(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
          totalCount
          nodes {
            ...ReviewEntry
          }
          pageInfo {
            ...PageParts
          }
        }
        undecided: entries(first: 1, filter: { decided: false }) {
          totalCount
        }
        taken: entries(first: 100, filter: { decision: [TAKE_AWAY] }) {
          totalCount
          nodes {
            ...ReviewEntry
          }
        }
      }
    }
    nodes(ids: $named) {
      ... on User {
        id
        displayName
      }
      ... on ContractAccount {
        id
        name
      }
      ... on DeliveryAccount {
        id
        name
      }
    }
  }
`);

export const DecideEntries = graphql(`
  mutation DecideEntries($review: ID!, $decisions: [AccessReviewDecisionInput!]!) {
    decideAccessReviewEntries(input: { review: $review, decisions: $decisions }) {
      accessReview {
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

export const SignOffReview = graphql(`
  mutation SignOffReview($id: ID!, $note: String, $carryOut: Boolean!) {
    signOffAccessReview(input: { id: $id, note: $note, carryOut: $carryOut }) {
      accessReview {
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

/** The entries for a file. */
export const ReviewFile = graphql(`
  query ReviewFile($id: ID!, $after: String, $filter: AccessReviewEntryFilter!) {
    node(id: $id) {
      ... on AccessReview {
        id
        entries(first: 100, after: $after, filter: $filter) {
          nodes {
            ...ReviewEntry
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
`);

export type ListedReview = ListedReviewFragment;
export type ListedOrganization = AccessReviewsQuery['organizations']['nodes'][number];
export type Review = Extract<ReviewedAccessQuery['node'], { __typename: 'AccessReview' }>;
export type Entry = ReviewEntryFragment;
