import { msg } from '@lingui/core/macro';
import type { PlaceWords } from '../shared/api/errorWords';

const name = msg`Enter a name of at most 200 characters, without invisible characters and addresses.`;
const code = msg`A code is 1 to 64 capital letters, digits and hyphens, such as SVC-000001.`;
const country = msg`Choose a country. In a file, that is its code of two capital letters, such as NL.`;
const account = msg`The organization has no account with this name.`;
const unclear = msg`This name is invalid, or the organization has several accounts with it.`;

/** What is wrong with a field of an organization, an account or a service, and with a column of a file of services. */
export const refusalWords: PlaceWords = {
  'INVALID name': name,
  'INVALID contractAccounts.0.name': name,
  'INVALID deliveryAccounts.0.name': name,
  'INVALID code': code,
  'INVALID city': name,
  'INVALID country': country,
  'INVALID vatNumber': msg`A VAT number is 4 to 30 letters and digits, such as NL001234567B01.`,
  'INVALID billingEmail': msg`This is not an email address in lower case.`,
  'INVALID currency': msg`A currency is a code of three capital letters, such as EUR.`,
  'INVALID admin.email': msg`This is not an email address.`,
  'INVALID admin.firstName': msg`Enter a name of at most 100 characters.`,
  'INVALID admin.lastName': msg`Enter a name of at most 100 characters.`,
  'INVALID admin.phone': msg`Enter a phone number with its country code, for example +49 30 123456.`,
  'INVALID admin.country': msg`Choose a country.`,
  'INVALID status': msg`A status is ACTIVE, PLANNED, SUSPENDED or TERMINATED.`,
  'NOT_FOUND contract_account': account,
  'NOT_FOUND delivery_account': account,
  'INVALID contract_account': unclear,
  'INVALID delivery_account': unclear,
  // The whole line.
  'INVALID ': msg`This line can’t be read. The first line must name the columns, and every other must have as many fields.`,
};
