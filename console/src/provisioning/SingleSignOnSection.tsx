import { Trans, useLingui } from '@lingui/react/macro';
import { useId, useState } from 'react';
import { useAction } from '../shared/api/useAction';
import { baseUrl } from '../shared/configuration';
import { ActionDialog } from '../shared/ui/ActionDialog';
import { Button } from '../shared/ui/Button';
import { CopyField } from '../shared/ui/CopyField';
import { DomainsPart } from './DomainsPart';
import styles from './ProvisioningPage.module.css';
import { ProviderForm } from './ProviderForm';
import { RequirementForm } from './RequirementForm';
import { RemoveSingleSignOn, type SingleSignOnOrganization } from './singleSignOnQuery';
import parts from './SingleSignOn.module.css';

/** The provider of the organization, its domains, and who must sign in there. */
export function SingleSignOnSection({ organization }: { organization: SingleSignOnOrganization }) {
  const { t } = useLingui();
  const id = useId();
  const [isRemoving, setRemoving] = useState(false);
  const { singleSignOn } = organization;
  if (!singleSignOn) return null;
  const { provider, domains } = singleSignOn;
  return (
    <section className={styles['section']} aria-labelledby={id}>
      <h2 id={id}>
        <Trans>Single sign-on</Trans>
      </h2>
      <p className={parts['quiet']}>
        <Trans>
          Your users sign in at the identity provider of your organization, by OpenID Connect. Register this portal there as a web
          application with the redirect URI below.
        </Trans>
      </p>
      <div className={parts['part']}>
        <CopyField label={t`Redirect URI`} value={`${baseUrl}/sso/callback/${organization.id}`} />
        <CopyField label={t`Back-channel logout URL`} value={`${baseUrl}/sso/backchannel-logout/${organization.id}`} />
      </div>
      <h3>
        <Trans>Provider</Trans>
      </h3>
      <ProviderForm organization={organization.id} provider={provider} />
      <h3>
        <Trans>Domains</Trans>
      </h3>
      <DomainsPart organization={organization.id} domains={domains} />
      {provider && (
        <>
          <h3>
            <Trans>Who signs in there</Trans>
          </h3>
          <RequirementForm key={provider.issuer} organization={organization.id} provider={provider} />
          <CopyField label={t`Sign-in link for your users`} value={`${baseUrl}/console/sign-in?organization=${organization.id}`} />
          <Button variant="danger" onPress={() => setRemoving(true)}>
            <Trans>Remove provider</Trans>
          </Button>
        </>
      )}
      {isRemoving && <RemoveDialog organization={organization.id} onClose={() => setRemoving(false)} />}
    </section>
  );
}

function RemoveDialog({ organization, onClose }: { organization: string; onClose: () => void }) {
  const { t } = useLingui();
  const action = useAction(RemoveSingleSignOn, { organization }, (data) => data.removeSingleSignOn, onClose);
  return (
    <ActionDialog title={t`Remove the provider?`} confirm={t`Remove provider`} action={action} isDangerous onClose={onClose}>
      <p>
        <Trans>
          Nobody signs in there any more. Users with a password use it again; the others get one by “Forgot password?”. The domains and the
          links of your users stay, for when you set the same provider again.
        </Trans>
      </p>
    </ActionDialog>
  );
}
