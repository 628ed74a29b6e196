import { errorText, type PlaceWords, type ServerError } from './errorWords';

export interface FieldError extends ServerError {
  path: readonly string[];
}

/** Groups the errors of a payload by form field, in words: `{ email: ['…'] }`. Those of no field are under ''. `own` as in
 *  `errorText`. */
export function messagesByField(errors: readonly FieldError[], own?: PlaceWords): Record<string, string[]> {
  const messages: Record<string, string[]> = {};
  for (const error of errors) (messages[error.path[1] ?? ''] ??= []).push(errorText(error, own));
  return messages;
}
