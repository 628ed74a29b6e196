import { useState } from 'react';
import type { ListedClient } from './clientsQuery';
import type { ClientsSearch } from './clientsSearch';
import { NewClientDialog } from './NewClientDialog';
import { RetireDialog, RevokeDialog, RotateDialog } from './SecretDialogs';

interface ClientDialogProps {
  search: ClientsSearch;
  clients: readonly ListedClient[];
  mayCreate: boolean;
  onClose: () => void;
}

/** The dialog that the address names, if the viewer may do it. */
export function ClientDialog({ search: { act, client: id, secret }, clients, mayCreate, onClose }: ClientDialogProps) {
  // As it was when the dialog opened: after a success, it is another one while its result is shown.
  const [client] = useState(() => clients.find((listed) => listed.id === id));
  if (act === 'new') return mayCreate ? <NewClientDialog onClose={onClose} /> : null;
  if (!client) return null;
  if (act === 'revoke' && client.viewerCan.includes('REVOKE')) return <RevokeDialog client={client} onClose={onClose} />;
  if (!client.viewerCan.includes('ROTATE')) return null;
  if (act === 'retire' && secret) return <RetireDialog client={client} secret={secret} onClose={onClose} />;
  return act === 'rotate' ? <RotateDialog client={client} onClose={onClose} /> : null;
}
