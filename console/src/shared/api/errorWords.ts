import type { MessageDescriptor } from '@lingui/core';
import { i18n } from '@lingui/core';
import { msg } from '@lingui/core/macro';
import type { ErrorCode } from '../../gql/graphql';

/** What each error of a payload means. The server's own messages, which say more, are English. */
const words: Record<ErrorCode, MessageDescriptor | null> = {
  // What is wrong with a value, only the server knows.
  INVALID: null,
  EMAIL_TAKEN: msg`A user with this email address already exists.`,
  DUPLICATE: msg`This is listed twice.`,
  CODE_TAKEN: msg`The organization already has a service with this code.`,
  NOT_ASSIGNABLE: msg`You can’t give this, or not for that long.`,
  NOT_FOUND: msg`This doesn’t exist, or you can’t see it.`,
  FORBIDDEN: msg`You may not do this. Ask an admin who may.`,
  STALE: msg`Someone else has changed this in the meantime.`,
  LAST_ADMIN: msg`The organization needs at least one active admin who has all contract accounts.`,
  NOT_ACTIVATED: msg`The user has not set a password yet. Send them a new activation email.`,
  ALREADY_ACTIVE: msg`The user has already set a password.`,
  ALREADY_REMOVED: msg`The user has been removed.`,
  NOT_REMOVED: msg`The user has not been removed.`,
  ERASED: msg`The user’s personal data has been erased. Create a new user.`,
  NOT_COMPLETE: msg`The access review is not complete.`,
  ALREADY_SIGNED_OFF: msg`The access review has already been signed off.`,
  ALREADY_DECIDED: msg`The access request has already been decided, or it has expired.`,
  ALREADY_REVOKED: msg`The API client has been revoked.`,
  LAST_SECRET: msg`Without its last secret, the API client would be unusable.`,
  LIMIT_REACHED: msg`There can’t be more of these. End one that is no longer needed.`,
  UNAUTHENTICATED: msg`Sign in first.`,
  CREDENTIALS_INVALID: msg`Incorrect email or password.`,
  SINGLE_SIGN_ON_REQUIRED: msg`Sign in with single sign-on: your organization allows no other way.`,
  IDENTITY_NOT_LINKED: msg`Your identity isn’t linked to a user yet. If there is one with your email, a link to do so is on its way there.`,
  IDENTITY_TAKEN: msg`This identity is linked to another user, or the user has another identity there.`,
  // What is wrong with the provider or the domain, only the server knows.
  PROVIDER_FAILED: null,
  DOMAIN_NOT_VERIFIED: null,
  TOKEN_INVALID: msg`This link is invalid or no longer valid.`,
  TOKEN_EXPIRED: msg`This link has expired.`,
  CODE_INVALID: msg`This code is wrong, or was used before.`,
  PASSKEY_INVALID: msg`This passkey is not valid here, or it took too long to use it.`,
  TICKET_INVALID: msg`The sign-in took too long. Sign in again with your password.`,
  SECOND_FACTOR_REQUIRED: msg`Your organization requires a second factor. Set up another one first.`,
  REAUTHENTICATION_REQUIRED: msg`Confirm that it is you, and try again.`,
  PASSWORD_TOO_WEAK: msg`This password is too short, too long, or too easy to guess.`,
  RATE_LIMITED: msg`Too many attempts in a short time. Wait a moment, then try again.`,
};

/** What errors mean at a place of the input, where that says more: by their code and that place, with 0 for each number. */
export type PlaceWords = Partial<Record<string, MessageDescriptor>>;

const placeWords: PlaceWords = {
  'INVALID email': msg`This is not an email address.`,
  'INVALID emails.0': msg`This is not an email address.`,
  'INVALID firstName': msg`Enter a name of at most 100 characters.`,
  'INVALID lastName': msg`Enter a name of at most 100 characters.`,
  'INVALID phone': msg`Enter a phone number with its country code, for example +49 30 123456.`,
  'INVALID deliveryAccounts': msg`Choose at least one delivery account.`,
  'INVALID permissionEnds.0.endsAt': msg`An end must be in the future.`,
  'INVALID accountEnds.0.endsAt': msg`An end must be in the future.`,
  'INVALID endNoticeDays.0': msg`Enter a number from 1 to 60, each only once.`,
  'INVALID dormantAfterDays': msg`Enter a number from 30 to 1,000.`,
  'INVALID dormancyWarningDays': msg`Enter a number from 7 to 28.`,
  'TOKEN_INVALID code': msg`This sign-in has expired, was used already, or began in another browser. Start again.`,
  'PROVIDER_FAILED issuer': msg`The provider can’t be used. Check the issuer, and that the provider can be reached from the Internet.`,
  'DOMAIN_NOT_VERIFIED id': msg`The TXT record was not found yet, or the domain is in use elsewhere.`,
  'INVALID issuer': msg`Enter the issuer as the provider publishes it: an address that begins with https://.`,
  'INVALID required': msg`Sign in at this provider once yourself before you require it of everybody.`,
  'INVALID breakGlassUser': msg`Choose an active admin with a password who may change these settings.`,
  'INVALID domain': msg`This is not a domain, such as acme.example.`,
  'CREDENTIALS_INVALID currentPassword': msg`This is not your current password.`,
  'CREDENTIALS_INVALID password': msg`This is not your password.`,
  'SECOND_FACTOR_REQUIRED requiresSecondFactor': msg`Set up a second factor for yourself first.`,
};

export interface ServerError {
  code: string;
  /** In English: `errorText` says it in the language of the page. */
  message: string;
  path?: readonly string[];
}

/** What an error says in the language of the page. In English, that is the server's message. `own` are the words of a page for
 *  the fields that it alone has. */
export function errorText({ code, message, path = [] }: ServerError, own: PlaceWords = {}): string {
  if (i18n.locale === 'en') return message;
  const place = `${code} ${path.slice(1).join('.').replace(/\d+/g, '0')}`;
  const known = own[place] ?? placeWords[place] ?? words[code as ErrorCode];
  return known ? i18n._(known) : message;
}

/** What several errors mean, each said once. */
export function errorTexts(errors: readonly ServerError[]): string[] {
  return [...new Set(errors.map((error) => errorText(error)))];
}
