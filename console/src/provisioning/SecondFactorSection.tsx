import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import { graphql } from '../gql';
import type { SecondFactorRequirementFragment } from '../gql/graphql';
import { useAction } from '../shared/api/useAction';
import { ActionDialog } from '../shared/ui/ActionDialog';
import { Button } from '../shared/ui/Button';
import styles from './ProvisioningPage.module.css';

graphql(`
  fragment SecondFactorRequirement on Organization {
    id
    settings {
      requiresSecondFactor
    }
  }
`);

const RequireSecondFactor = graphql(`
  mutation RequireSecondFactor($organization: ID!, $isRequired: Boolean!) {
    updateOrganizationSettings(input: { organization: $organization, requiresSecondFactor: $isRequired }) {
      organization {
        ...SecondFactorRequirement
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

interface SecondFactorSectionProps {
  organization: SecondFactorRequirementFragment;
}

/** Whether users of the organization need a second factor, with the button that changes it. */
export function SecondFactorSection({ organization }: SecondFactorSectionProps) {
  const id = useId();
  const [isAsking, setAsking] = useState(false);
  const isRequired = organization.settings?.requiresSecondFactor ?? false;
  return (
    <section className={styles['section']} aria-labelledby={id}>
      <h2 id={id}>
        <Trans>Second factors</Trans>
      </h2>
      <p>
        {isRequired ? (
          <Trans>All users of your organization need a second factor to sign in.</Trans>
        ) : (
          <Trans>Users may set up a second factor, but need none to sign in.</Trans>
        )}
      </p>
      <Button onPress={() => setAsking(true)}>
        {isRequired ? <Trans>No longer require a second factor</Trans> : <Trans>Require a second factor</Trans>}
      </Button>
      {isAsking && <RequirementDialog id={organization.id} isRequired={!isRequired} onClose={() => setAsking(false)} />}
    </section>
  );
}

function RequirementDialog({ id, isRequired, onClose }: { id: string; isRequired: boolean; onClose: () => void }) {
  const { t } = useLingui();
  const variables = { organization: id, isRequired };
  const action = useAction(RequireSecondFactor, variables, (data) => data.updateOrganizationSettings, onClose);
  if (!isRequired) {
    return (
      <ActionDialog title={t`No longer require a second factor?`} confirm={t`Require none`} action={action} isDangerous onClose={onClose}>
        <p>
          <Trans>Users keep the second factors that they have set up, and may remove them.</Trans>
        </p>
      </ActionDialog>
    );
  }
  return (
    <ActionDialog title={t`Require a second factor?`} confirm={t`Require it`} action={action} onClose={onClose}>
      <p>
        <Trans>Users without one are signed out at once, and set one up when they sign in again. You need one yourself.</Trans>
      </p>
    </ActionDialog>
  );
}
