/** What the editor holds at first. */
export const firstQuery = `# Who am I, and what can I see?
query Overview {
  viewer {
    user { displayName email }
    organization { name }
    permissions
  }
  contractAccounts(first: 5) {
    totalCount
    nodes {
      name
      services(first: 3) {
        totalCount
        nodes { code name deliveryAccount { name } }
      }
    }
  }
}
`;
