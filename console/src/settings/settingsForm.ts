import type { UpdateOrganizationSettingsInput } from '../gql/graphql';
import { errorText } from '../shared/api/errorWords';
import type { FieldError } from '../shared/api/fieldErrors';
import type { StoredSettings } from './settingsQuery';

/** How many announcements of an end there may be. */
export const ANNOUNCEMENTS = [0, 1, 2] as const;

/** What the fields contain, as text. */
export interface SettingsForm {
  /** Days before an end; an empty text is no announcement. */
  announcements: readonly string[];
  dormantAfter: string;
  warning: string;
}

export function formOf({ endNoticeDays, dormantAfterDays, dormancyWarningDays }: StoredSettings): SettingsForm {
  return {
    announcements: ANNOUNCEMENTS.map((index) => String(endNoticeDays[index] ?? '')),
    dormantAfter: String(dormantAfterDays ?? ''),
    warning: String(dormancyWarningDays),
  };
}

/** The number in a field; 0 if it is none, which the server refuses. */
const number = (text: string): number => (/^\d{1,6}$/.test(text.trim()) ? Number(text) : 0);

export function inputOf(organization: string, { announcements, dormantAfter, warning }: SettingsForm): UpdateOrganizationSettingsInput {
  return {
    organization,
    endNoticeDays: announcements.filter((text) => text.trim() !== '').map(number),
    dormantAfterDays: dormantAfter.trim() === '' ? null : number(dormantAfter),
    dormancyWarningDays: number(warning),
  };
}

/** The messages by the names of the fields; those of the form as a whole are under ''. */
export function messagesOf(errors: readonly FieldError[], { announcements }: SettingsForm): Record<string, string[]> {
  const filled = ANNOUNCEMENTS.filter((index) => announcements[index]?.trim());
  const messages: Record<string, string[]> = {};
  for (const error of errors) {
    const [, field = '', place] = error.path;
    const name = field === 'endNoticeDays' ? `${field}.${filled[Number(place ?? 0)] ?? 0}` : field === 'organization' ? '' : field;
    (messages[name] ??= []).push(errorText(error));
  }
  return messages;
}
