// The audits of graphql-http: what a server must, should and may do to speak GraphQL over HTTP.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverAudits } from 'graphql-http';
import { GRAPHQL } from './portico.mjs';

const audits = serverAudits({ url: GRAPHQL });

test('there are as many audits as we know of', () => assert.equal(audits.length, 61));

for (const audit of audits) {
  test(`${audit.id} ${audit.name}`, async () => {
    const { status, reason } = await audit.fn();
    assert.equal(status, 'ok', reason);
  });
}
