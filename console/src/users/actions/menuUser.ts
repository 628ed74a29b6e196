import type { UserAction } from '../../gql/graphql';

/** What the menu of a user and its dialogs have to know about them. */
export interface MenuUser {
  id: string;
  displayName: string;
  email: string;
  viewerCan: readonly UserAction[];
  viewerCanViewAs: boolean;
  /** Whether they have a second factor; null if the viewer may not know. */
  hasSecondFactor?: boolean | null;
}
