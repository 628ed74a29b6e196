import { ResendDialog, RestoreDialog } from './ActivationDialogs';
import type { MenuUser } from './menuUser';
import { PreviewDialog } from './PreviewDialog';
import { RemoveDialog } from './RemoveDialog';
import { ResetSecondFactorsDialog } from './ResetSecondFactorsDialog';
import { ViewAsDialog } from './ViewAsDialog';

const dialogs = {
  resend: ResendDialog,
  remove: RemoveDialog,
  restore: RestoreDialog,
  preview: PreviewDialog,
  viewAs: ViewAsDialog,
  resetFactors: ResetSecondFactorsDialog,
};

export type UserDialogName = keyof typeof dialogs;

/** The dialogs that the menu of a user opens, loaded together. */
export function UserDialog({ name, user, onClose }: { name: UserDialogName; user: MenuUser; onClose: () => void }) {
  const Dialog = dialogs[name];
  return <Dialog user={user} onClose={onClose} />;
}
