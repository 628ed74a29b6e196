import { expect, it } from 'vitest';
import { entriesCsv } from './entriesCsv';
import type { Entry } from './reviewsQuery';

it('quotes what has to be quoted, and lets no name be a formula', () => {
  const entry = { userEmail: 'a@b.example', userName: '=1+1', userStatus: 'ACTIVE', kind: 'PERMISSION', name: 'A, "B"', why: 'granted', decision: 'KEEP' };
  expect(entriesCsv([entry as Entry])).toBe(
    '\uFEFFuserEmail,userName,userStatus,kind,accountId,name,accounts,endsAt,why,decision\r\n' +
      `a@b.example,'=1+1,ACTIVE,PERMISSION,,"A, ""B""",,,granted,KEEP\r\n`,
  );
});
