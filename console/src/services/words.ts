import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { ServiceStatus } from '../gql/graphql';
import type { Tone } from '../shared/ui/Badge';

export const statusWords: Record<ServiceStatus, MessageDescriptor> = {
  PLANNED: msg`Planned`,
  ACTIVE: msg`In use`,
  SUSPENDED: msg`Suspended`,
  TERMINATED: msg`Terminated`,
};

export const statusTones: Record<ServiceStatus, Tone> = { PLANNED: 'waiting', ACTIVE: 'good', SUSPENDED: 'danger', TERMINATED: 'neutral' };
