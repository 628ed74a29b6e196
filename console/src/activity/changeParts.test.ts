import { describe, expect, it } from 'vitest';
import { changeParts } from './changeParts';

describe('the parts of a change', () => {
  it('says which entries a list has got and lost', () => {
    const end = (time: string) => ({ permission: 'ORDERS_VIEW', endsAt: time });
    expect(changeParts({ before: ['A', 'B'], after: ['B', 'C'] })).toEqual({ kind: 'list', removed: ['A'], added: ['C'], isNew: false });
    expect(changeParts({ before: [end('1')], after: [end('2')] })).toEqual({ kind: 'list', removed: [end('1')], added: [end('2')], isNew: false });
    expect(changeParts({ before: null, after: ['A'] })).toEqual({ kind: 'list', removed: [], added: ['A'], isNew: true });
    expect(changeParts({ before: ['A'], after: null })).toEqual({ kind: 'list', removed: ['A'], added: [], isNew: false });
  });

  it('says what stood there before', () => {
    expect(changeParts({ before: 'Sue', after: 'Susan' })).toEqual({ kind: 'replaced', before: 'Sue', after: 'Susan' });
    expect(changeParts({ before: true, after: false })).toEqual({ kind: 'replaced', before: true, after: false });
    expect(changeParts({ before: '+49 30 1', after: null })).toEqual({ kind: 'cleared', before: '+49 30 1' });
    expect(changeParts({ before: null, after: 'Sue' })).toEqual({ kind: 'set', value: 'Sue' });
  });

  it('leaves out what a new user does not have', () => {
    expect(changeParts({ before: null, after: [] })).toBeNull();
    expect(changeParts({ before: null, after: false })).toBeNull();
  });
});
