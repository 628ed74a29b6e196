import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

/** Who the users of the example data are, by the server's words, which are English. */
export const demoWords: Partial<Record<string, MessageDescriptor>> = {
  staff: msg`staff`,
  'admin of ACME, all contract and delivery accounts, every permission': msg`admin of ACME, all contract and delivery accounts, every permission`,
  'admin limited to ACME South': msg`admin limited to ACME South`,
  'no admin, all contract accounts, billing details': msg`no admin, all contract accounts, billing details`,
  'no admin, limited to ACME South': msg`no admin, limited to ACME South`,
  "admin of PEAR Corp's users: all contract accounts, PEAR Corp": msg`admin of PEAR Corp’s users: all contract accounts, PEAR Corp`,
  'a user of PEAR Corp: ACME South and PEAR Corp': msg`a user of PEAR Corp: ACME South and PEAR Corp`,
  'a shared mailbox of PEAR Corp: ACME East and PEAR Corp': msg`a shared mailbox of PEAR Corp: ACME East and PEAR Corp`,
  'admin of another organization, Globex, with a PEAR Corp of its own': msg`admin of another organization, Globex, with a PEAR Corp of its own`,
  // Those of the large data set.
  'admin, all contract and delivery accounts, every permission': msg`admin, all contract and delivery accounts, every permission`,
  'admin limited to a list of accounts': msg`admin limited to a list of accounts`,
  'admin of delivery accounts: all contract accounts, a list of delivery accounts': msg`admin of delivery accounts: all contract accounts, a list of delivery accounts`,
  'no admin, a list of accounts': msg`no admin, a list of accounts`,
};
