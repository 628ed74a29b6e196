import { graphql } from '../../gql';

/** Where a page of a list is: what the buttons that turn it need (`Paging`). */
graphql(`
  fragment PageParts on PageInfo {
    hasNextPage
    hasPreviousPage
    startCursor
    endCursor
  }
`);
