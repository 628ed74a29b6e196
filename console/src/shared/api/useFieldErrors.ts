import { useState } from 'react';
import { type FieldError, messagesByField } from './fieldErrors';

/** The errors of a form by field. A field that is typed in again loses its own: if they were still there when the person
 *  presses the button, they would vanish under the pointer, and the button would move away. */
export function useFieldErrors() {
  const [messages, setMessages] = useState<Record<string, string[]>>({});
  const clear = (field: string) => setMessages((known) => (known[field] ? { ...known, [field]: [] } : known));
  return { messages, clear, show: (errors: readonly FieldError[]) => setMessages(messagesByField(errors)) };
}
