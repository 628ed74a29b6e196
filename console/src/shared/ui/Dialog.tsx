import type { ReactNode } from 'react';
import { Dialog as AriaDialog, Heading } from 'react-aria-components/Dialog';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import styles from './Dialog.module.css';

export interface DialogProps {
  title: string;
  children: ReactNode;
  /** Called when the person closes the dialog; without it, the dialog stays until it is answered. */
  onClose?: () => void;
  /** `alertdialog` for what must be confirmed. */
  role?: 'dialog' | 'alertdialog';
}

/** A dialog over the page, which holds the focus and gives it back. Render it only while it is open. */
export function Dialog({ title, children, onClose, role = 'dialog' }: DialogProps) {
  return (
    <ModalOverlay
      className={styles['overlay']}
      isOpen
      isDismissable={onClose !== undefined && role === 'dialog'}
      isKeyboardDismissDisabled={onClose === undefined}
      onOpenChange={(isOpen) => !isOpen && onClose?.()}
    >
      <Modal className={styles['modal']}>
        <AriaDialog role={role} className={styles['dialog']}>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** The buttons at the end of a dialog or form. */
export function Actions({ children }: { children: ReactNode }) {
  return <div className={styles['actions']}>{children}</div>;
}
