import { expect, it } from 'vitest';
import { routeNames } from './routeNames';

it('names each account and service of the routes once', () => {
  const ways = [{ rows: ['grant of ACME East', 'service SVC-000004'] }, { rows: ['grant of ACME East', 'grant of service desk'] }, { rows: [] }];
  expect(routeNames(ways)).toEqual(['ACME East', 'SVC-000004', 'service desk']);
});
