import { useEffect } from 'react';

/** Gives GraphiQL's editors what they lack: a name each, and a way out by keyboard. Tab indents in them; after Escape, it
 *  leaves the editor, as anywhere else on the page. */
export function useAccessibleEditors(): void {
  useEffect(() => {
    // The editors appear one by one, when their scripts are loaded.
    const observer = new MutationObserver(nameEditors);
    observer.observe(document.body, { childList: true, subtree: true });
    window.addEventListener('keydown', leaveEditor, true);
    return () => {
      observer.disconnect();
      window.removeEventListener('keydown', leaveEditor, true);
    };
  }, []);
}

/** Each editor is in a section that has a name. */
export function nameEditors(): void {
  for (const field of document.querySelectorAll('.CodeMirror textarea:not([aria-label])')) {
    field.setAttribute('aria-label', field.closest('[aria-label]')?.getAttribute('aria-label') ?? 'Editor');
  }
}

let isLeaving = false;

/** Keeps a Tab after Escape from the editor. */
export function leaveEditor(event: KeyboardEvent): void {
  const isInEditor = event.target instanceof Element && event.target.closest('.CodeMirror') !== null;
  if (event.key === 'Tab' && isLeaving && isInEditor) event.stopImmediatePropagation();
  if (event.key !== 'Shift') isLeaving = event.key === 'Escape';
}
