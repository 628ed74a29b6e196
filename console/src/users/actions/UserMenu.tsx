import { useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { UserAction } from '../../gql/graphql';
import { useSession } from '../../session/session';
import { lazily } from '../../shared/lazily';
import { Button } from '../../shared/ui/Button';
import { Icon } from '../../shared/ui/Icon';
import { ActionMenu } from '../../shared/ui/Menu';
import type { MenuChoice } from '../../shared/ui/MenuPopup';
import type { MenuUser } from './menuUser';
import type { UserDialogName } from './UserDialog';

const UserDialog = lazily(() => import('./UserDialog'), 'UserDialog');

type Choice = 'open' | 'edit' | UserDialogName;

/** The three dots of a user: what the viewer may do with them. On their card, which `isOpen`, *Open* is left out. */
export function UserMenu({ user, isOpen = false }: { user: MenuUser; isOpen?: boolean }) {
  const { t } = useLingui();
  const navigate = useNavigate();
  const session = useSession();
  const [open, setOpen] = useState<UserDialogName | null>(null);
  const all: (MenuChoice<Choice> & { action: UserAction })[] = [
    { key: 'open', label: t`Open`, action: 'VIEW' },
    { key: 'edit', label: t`Edit`, action: 'UPDATE' },
    { key: 'resend', label: t`Resend activation email`, action: 'RESEND_ACTIVATION' },
    { key: 'remove', label: t`Remove`, action: 'REMOVE', isDangerous: true },
    { key: 'restore', label: t`Restore`, action: 'RESTORE' },
    { key: 'preview', label: t`Preview access`, action: 'UPDATE' },
  ];
  const items: MenuChoice<Choice>[] = all.filter(({ key, action }) => user.viewerCan.includes(action) && !(isOpen && key === 'open'));
  if (user.viewerCanViewAs) items.push({ key: 'viewAs', label: t`View as` });
  const isSelf = session.viewer?.user?.id === user.id;
  if (user.hasSecondFactor && user.viewerCan.includes('UPDATE') && !isSelf) {
    items.push({ key: 'resetFactors', label: t`Reset second factors`, isDangerous: true });
  }
  const params = { id: user.id };
  const choose = (key: Choice) => {
    if (key === 'open') void navigate({ to: '/users/$id', params });
    else if (key === 'edit') void navigate({ to: '/users/$id/edit', params, state: { mayUpdate: true } });
    else setOpen(key);
  };
  if (items.length === 0) return null;
  return (
    <>
      <ActionMenu label={t`Options for ${user.displayName}`} items={items} onAction={choose} onOpen={UserDialog.preload}>
        <Button variant="quiet" aria-label={t`Options for ${user.displayName}`}>
          <Icon name="dots" />
        </Button>
      </ActionMenu>
      {open && <UserDialog name={open} user={user} onClose={() => setOpen(null)} />}
    </>
  );
}

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** Whether the viewer is known to be allowed to update the user whose form opens. */
    mayUpdate?: boolean;
  }
}
