import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import { Badge } from '../../shared/ui/Badge';
import { Button } from '../../shared/ui/Button';
import { permissionWords } from '../permissionWords';
import { audienceWords } from '../words';
import styles from './templates.module.css';
import type { ListedTemplate } from './templatesQuery';

interface TemplateItemProps {
  template: ListedTemplate;
  onRemove: () => void;
}

/** A template: what it gives, and how many users have it. */
export function TemplateItem({ template, onRemove }: TemplateItemProps) {
  const { t, i18n } = useLingui();
  const navigate = useNavigate();
  const { id, name, audience, permissions, users, viewerCan } = template;
  return (
    <li className={styles['template']}>
      <div className={styles['head']}>
        <div className={styles['title']}>
          <h2>{name}</h2>
          <Badge tone="neutral">{i18n._(audienceWords[audience])}</Badge>
        </div>
        <div className={styles['buttons']}>
          {viewerCan.includes('UPDATE') && (
            <Button aria-label={t`Edit ${name}`} onPress={() => void navigate({ to: '/users/templates/$id', params: { id } })}>
              <Trans>Edit</Trans>
            </Button>
          )}
          {viewerCan.includes('REMOVE') && (
            <Button variant="danger" aria-label={t`Remove ${name}`} onPress={onRemove}>
              <Trans>Remove</Trans>
            </Button>
          )}
        </div>
      </div>
      <p>{permissions.map((permission) => i18n._(permissionWords[permission].name)).join(' · ')}</p>
      <p className={styles['quiet']}>
        {template.allContractAccounts ? (
          <Trans>All contract accounts</Trans>
        ) : (
          <Plural value={template.contractAccounts.totalCount} one="# contract account" other="# contract accounts" />
        )}
        {' · '}
        {template.allDeliveryAccounts ? (
          <Trans>All delivery accounts</Trans>
        ) : audience === 'ORGANIZATION' && template.deliveryAccounts.totalCount === 0 ? (
          <Trans>the delivery accounts that they deliver to</Trans>
        ) : (
          <Plural value={template.deliveryAccounts.totalCount} one="# delivery account" other="# delivery accounts" />
        )}
        {' · '}
        <Plural value={users.totalCount} one="# user" other="# users" />
      </p>
    </li>
  );
}
