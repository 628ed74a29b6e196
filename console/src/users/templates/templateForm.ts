import type { Audience } from '../../gql/graphql';
import { type AccessChoice, accessInput, noAccess } from '../access/accessChoice';

/** What can be changed of a template. It has no ends. */
export interface TemplateForm extends AccessChoice {
  name: string;
  audience: Audience;
}

export const emptyTemplate = (audience: Audience): TemplateForm => ({ name: '', audience, ...noAccess });

/** What users get from it. What they have already keeps its ends. */
export function templateAccess(form: TemplateForm) {
  const { audience, permissions, allContractAccounts, contractAccounts, allDeliveryAccounts, deliveryAccounts } = accessInput(form.audience, form);
  return { audience, permissions, allContractAccounts, contractAccounts, allDeliveryAccounts, deliveryAccounts };
}

/** The form as the mutations take it. */
export function templateInput(form: TemplateForm) {
  return { name: form.name.trim(), ...templateAccess(form) };
}

/** Whether the forms would be saved as different templates. The order of lists doesn't matter. */
export function differ(one: TemplateForm, other: TemplateForm): boolean {
  return textOf(one) !== textOf(other);
}

function textOf(form: TemplateForm): string {
  return JSON.stringify(Object.values(templateInput(form)).map((value) => (Array.isArray(value) ? [...value].sort() : value)));
}
