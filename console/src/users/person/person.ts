import type { UserKind } from '../../gql/graphql';

/** What has been typed about a person. */
export interface Person {
  kind: UserKind;
  firstName: string;
  lastName: string;
  phone: string;
  country: string;
}
