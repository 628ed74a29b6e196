import { TextField } from '../shared/ui/TextField';

interface CodeFieldProps {
  label: string;
  value: string;
  onChange: (code: string) => void;
}

/** A field for a code, which the browser or the phone can fill. */
export function CodeField({ label, value, onChange }: CodeFieldProps) {
  return <TextField name="code" label={label} autoComplete="one-time-code" value={value} onChange={onChange} isRequired autoFocus />;
}
