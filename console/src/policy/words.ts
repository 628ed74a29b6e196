import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { PolicyActivationCause } from '../gql/graphql';

export const causeWords: Record<PolicyActivationCause, MessageDescriptor> = {
  STARTED: msg`a server started`,
  FILE_CHANGED: msg`the file changed`,
  RELOADED: msg`it was reloaded`,
  ROLLED_BACK: msg`a rollback`,
  ROLLBACK_ENDED: msg`the end of a rollback`,
};

/** What an edit means for an action, by the verdict of the comparison. */
export const verdictWords: Record<string, MessageDescriptor> = {
  wider: msg`allows more`,
  narrower: msg`allows less`,
  both: msg`allows more and less`,
  undecided: msg`may differ: neither an example nor a proof was found in time`,
};
