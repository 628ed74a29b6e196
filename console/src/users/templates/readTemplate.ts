import type { Client } from 'urql';
import type { OfferedAccessFragment, PreviewOfTemplateFragment, StoredTemplateAccessQuery } from '../../gql/graphql';
import { sendable } from '../../shared/api/document';
import { type Problem, problemOf } from '../../shared/api/problem';
import type { Account } from '../access/accessChoice';
import { nothingSearched } from '../access/AccessFormOpening';
import { StoredTemplateAccess } from './formQueries';
import type { TemplateForm } from './templateForm';

type ReadNode = Extract<StoredTemplateAccessQuery['node'], { __typename: 'AccessTemplate' }>;

export type TemplateOpening = OfferedAccessFragment & PreviewOfTemplateFragment;

/** A template at one version. */
export interface StoredTemplate {
  id: string;
  version: number;
  mayUpdate: boolean;
  form: TemplateForm;
  /** What its form opens with; null if none opens. */
  opening: TemplateOpening | null;
}

export type Outcome = { template: StoredTemplate | null; problem: null } | { template: undefined; problem: Problem };

/** Reads a template with all of its accounts, because `updateAccessTemplate` replaces whole lists; `template` is null if
 *  there is none that the viewer sees. `isOpening` is whether its form is about to open. */
export async function readTemplate(client: Client, id: string, { isOpening = false } = {}): Promise<Outcome> {
  let opening: TemplateOpening | null = null;
  const contract: Account[] = [];
  const delivery: Account[] = [];
  let after: { contractAfter?: string | null; deliveryAfter?: string | null } = {};
  for (;;) {
    const variables = { id, ...after, ...nothingSearched, isOpening: isOpening && !opening };
    const { data, error } = await client.query(sendable(StoredTemplateAccess), variables, { requestPolicy: 'network-only' }).toPromise();
    if (error) return { template: undefined, problem: problemOf(error) };
    const node = data?.node?.__typename === 'AccessTemplate' ? data.node : null;
    if (!node) return { template: null, problem: null };
    if (data && 'accessPreview' in data) opening = data as TemplateOpening;
    const { contractAccounts, deliveryAccounts } = node;
    contract.push(...contractAccounts.nodes);
    delivery.push(...deliveryAccounts.nodes);
    if (!contractAccounts.pageInfo.hasNextPage && !deliveryAccounts.pageInfo.hasNextPage) {
      return { template: storedTemplate(node, contract, delivery, opening), problem: null };
    }
    // After the last account of a list come none, so that the list that is complete stays as it is.
    after = {
      contractAfter: contractAccounts.pageInfo.endCursor ?? after.contractAfter ?? null,
      deliveryAfter: deliveryAccounts.pageInfo.endCursor ?? after.deliveryAfter ?? null,
    };
  }
}

function storedTemplate(
  node: ReadNode,
  contractAccounts: Account[],
  deliveryAccounts: Account[],
  opening: StoredTemplate['opening'],
): StoredTemplate {
  const { id, version, viewerCan, name, audience, permissions, allContractAccounts, allDeliveryAccounts } = node;
  const form = { name, audience, permissions, allContractAccounts, contractAccounts, allDeliveryAccounts, deliveryAccounts, ends: {} };
  return { id, version, mayUpdate: viewerCan.includes('UPDATE'), form, opening };
}
