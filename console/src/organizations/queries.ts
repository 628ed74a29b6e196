import { graphql } from '../gql';
import type { OrganizationQuery, OrganizationsQuery } from '../gql/graphql';

/** The organizations of the platform. */
export const Organizations = graphql(`
  query Organizations($first: Int, $after: String, $last: Int, $before: String, $search: String) {
    organizations(first: $first, after: $after, last: $last, before: $before, filter: { search: $search }) {
      totalCount
      nodes {
        id
        name
        createdAt
        contractAccounts {
          totalCount
        }
        deliveryAccounts {
          totalCount
        }
        services {
          totalCount
        }
      }
      pageInfo {
        ...PageParts
      }
    }
  }
`);

/** One organization with the list of the open tab. */
export const Organization = graphql(`
  query Organization(
    $id: ID!
    $first: Int
    $after: String
    $last: Int
    $before: String
    $search: String
    $isContracts: Boolean!
    $isDeliveries: Boolean!
    $isServices: Boolean!
    $contract: String
    $delivery: String
  ) {
    ...AccountsToChoose @include(if: $isServices)
    organization(id: $id) {
      id
      name
      viewerCan
      contractAccounts(first: $first, after: $after, last: $last, before: $before, filter: { search: $search }) @include(if: $isContracts) {
        totalCount
        nodes {
          id
          name
        }
        pageInfo {
          ...PageParts
        }
      }
      deliveryAccounts(first: $first, after: $after, last: $last, before: $before, filter: { search: $search }) @include(if: $isDeliveries) {
        totalCount
        nodes {
          id
          name
        }
        pageInfo {
          ...PageParts
        }
      }
      services(first: $first, after: $after, last: $last, before: $before, filter: { search: $search }) @include(if: $isServices) {
        totalCount
        nodes {
          id
          code
          name
          contractAccount {
            id
            name
          }
          deliveryAccount {
            id
            name
          }
        }
        pageInfo {
          ...PageParts
        }
      }
    }
  }
`);

export const CreateOrganization = graphql(`
  mutation CreateOrganization($input: CreateOrganizationInput!) {
    createOrganization(input: $input) {
      organization {
        id
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const CreateContractAccount = graphql(`
  mutation CreateContractAccount($input: CreateContractAccountInput!) {
    createContractAccount(input: $input) {
      contractAccount {
        id
        name
        organization {
          id
          name
        }
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const CreateDeliveryAccount = graphql(`
  mutation CreateDeliveryAccount($input: CreateDeliveryAccountInput!) {
    createDeliveryAccount(input: $input) {
      deliveryAccount {
        id
        name
        organization {
          id
          name
        }
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export const CreateService = graphql(`
  mutation CreateService($input: CreateServiceInput!) {
    createService(input: $input) {
      service {
        id
        code
        contractAccount {
          organization {
            id
            name
          }
        }
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

graphql(`
  fragment AccountsToChoose on Query {
    organization(id: $id) {
      id
      contractChoices: contractAccounts(first: 20, filter: { search: $contract }) {
        totalCount
        nodes {
          id
          name
        }
      }
      deliveryChoices: deliveryAccounts(first: 20, filter: { search: $delivery }) {
        totalCount
        nodes {
          id
          name
        }
      }
    }
  }
`);

/** The accounts of an organization that have a part of a name, to connect a service with. */
export const AccountsOfOrganization = graphql(`
  query AccountsOfOrganization($id: ID!, $contract: String, $delivery: String) {
    ...AccountsToChoose
  }
`);

export const ImportServices = graphql(`
  mutation ImportServices($input: ImportServicesInput!) {
    importServices(input: $input) {
      services
      contractAccounts
      deliveryAccounts
      refused {
        line
        column
        value
        code
        message
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export type ListedOrganization = OrganizationsQuery['organizations']['nodes'][number];
export type OpenOrganization = NonNullable<OrganizationQuery['organization']>;
