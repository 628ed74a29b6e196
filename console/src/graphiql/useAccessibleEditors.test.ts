import { renderHook, waitFor } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { useAccessibleEditors } from './useAccessibleEditors';

const indent = vi.fn<() => void>();

function showEditor(): HTMLTextAreaElement {
  const section = document.createElement('section');
  section.setAttribute('aria-label', 'Variables');
  section.innerHTML = '<div class="CodeMirror"><textarea></textarea></div>';
  document.body.replaceChildren(section);
  const field = section.querySelector('textarea') as HTMLTextAreaElement;
  field.addEventListener('keydown', ({ key }) => {
    if (key === 'Tab') indent();
  });
  return field;
}

beforeEach(() => {
  indent.mockReset();
  renderHook(useAccessibleEditors);
});

it('names an editor that appears later after its section', async () => {
  const field = showEditor();
  await waitFor(() => expect(field.getAttribute('aria-label')).toBe('Variables'));
});

it('lets Tab indent, and leave the editor after Escape', () => {
  const field = showEditor();
  const press = (key: string) => field.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  press('Tab');
  expect(indent).toHaveBeenCalledTimes(1);
  for (const key of ['Escape', 'Shift', 'Tab']) press(key);
  expect(indent).toHaveBeenCalledTimes(1);
  press('Tab');
  expect(indent).toHaveBeenCalledTimes(2);
});
