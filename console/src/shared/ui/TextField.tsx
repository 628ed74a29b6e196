import type { ReactNode } from 'react';
import { FieldError } from 'react-aria-components/FieldError';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { Text } from 'react-aria-components/Text';
import { TextField as AriaTextField, type TextFieldProps as AriaTextFieldProps } from 'react-aria-components/TextField';
import styles from './TextField.module.css';

export interface TextFieldProps extends AriaTextFieldProps {
  label: string;
  /** Help that is always shown below the field. */
  description?: ReactNode;
}

/** A labelled field. Inside of a `<Form errors>`, the errors of its `name` are shown below it. */
export function TextField({ label, description, ...props }: TextFieldProps) {
  return (
    <AriaTextField {...props} className={styles['field']}>
      <Label className={styles['label']}>{label}</Label>
      <Input className={styles['input']} />
      {description && (
        <Text slot="description" className={styles['description']}>
          {description}
        </Text>
      )}
      <FieldError className={styles['error']} />
    </AriaTextField>
  );
}
