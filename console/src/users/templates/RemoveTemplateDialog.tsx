import { Trans, useLingui } from '@lingui/react/macro';
import { useAction } from '../../shared/api/useAction';
import { ActionDialog } from '../../shared/ui/ActionDialog';
import { type ListedTemplate, RemoveTemplate } from './templatesQuery';

interface RemoveTemplateDialogProps {
  template: ListedTemplate;
  onClose: (isRemoved: boolean) => void;
}

/** Says that a removal takes nothing from the users, before it is done. */
export function RemoveTemplateDialog({ template, onClose }: RemoveTemplateDialogProps) {
  const { t } = useLingui();
  const action = useAction(RemoveTemplate, { id: template.id }, (data) => data.removeAccessTemplate, () => onClose(true));
  return (
    <ActionDialog title={t`Remove ${template.name}?`} confirm={t`Remove`} action={action} isDangerous onClose={() => onClose(false)}>
      <p>
        <Trans>Its users keep their access. They have no template any more, and nobody can be added from it.</Trans>
      </p>
    </ActionDialog>
  );
}
