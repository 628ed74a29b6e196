import { type ReactNode, type SyntheticEvent, useMemo, useState } from 'react';
import { Form as AriaForm } from 'react-aria-components/Form';

const NONE: Record<string, string[]> = {};

interface FormProps {
  /** The server's messages by the names of the fields; a new object for each response. */
  errors?: Record<string, string[]> | undefined;
  onSubmit: () => void;
  className?: string | undefined;
  children: ReactNode;
}

/** A form whose fields show the errors of their names. A field that is typed in again loses its own: if they were still
 *  there when the person presses the button, they would vanish under the pointer, and the button would move away. */
export function Form({ errors = NONE, onSubmit, className, children }: FormProps) {
  const [shown, setShown] = useState(errors);
  const [typed, setTyped] = useState<readonly string[]>([]);
  if (errors !== shown) {
    setShown(errors);
    setTyped([]);
  }
  const left = useMemo(() => Object.fromEntries(Object.entries(errors).filter(([name]) => !typed.includes(name))), [errors, typed]);
  const forget = ({ target }: SyntheticEvent) => {
    const name = target instanceof HTMLInputElement ? target.name : '';
    if (errors[name] && !typed.includes(name)) setTyped([...typed, name]);
  };
  return (
    <AriaForm
      validationErrors={left}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <div className={className} onInput={forget} onClickCapture={admit}>
        {children}
      </div>
    </AriaForm>
  );
}

/** Lets the browser submit a form with fields that the server refused: what was wrong with one may be mended in another.
 *  What the browser itself finds, such as a required field that is empty, still stops it. */
function admit({ target }: SyntheticEvent): void {
  const button = (target as Element).closest<HTMLButtonElement>('button[type=submit]');
  for (const field of button?.form?.elements ?? []) if (field instanceof HTMLInputElement) field.setCustomValidity('');
}
