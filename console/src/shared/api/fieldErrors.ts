export interface FieldError {
  message: string;
  path: readonly string[];
}

/** Groups the errors of a payload by form field: `{ email: ['…'] }`. Those of no field are under ''. */
export function messagesByField(errors: readonly FieldError[]): Record<string, string[]> {
  const messages: Record<string, string[]> = {};
  for (const { message, path } of errors) (messages[path[1] ?? ''] ??= []).push(message);
  return messages;
}
