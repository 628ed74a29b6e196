import { describe, expect, it } from 'vitest';
import { markupOnly } from './trustedHtml';

describe('markupOnly', () => {
  it('keeps what Markdown makes', () => {
    const html = '<h2>Paging</h2>\n<p>See <a href="https://relay.dev/spec">the <em>spec</em></a>:<br />\n<code class="language-graphql">first: 5 &lt; 6</code></p>\n<hr />';
    expect(markupOnly(html)).toBe(html);
  });

  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<iframe srcdoc="<p>x</p>">',
    '<p onclick="alert(1)">x',
    '<a href="javascript:alert(1)">x',
    '<a href=javascript:alert(1)>x',
    '<p class="x" style="color:red">x',
    '<<img src=x onerror=alert(1)>',
    '<a title="<img src=x onerror=alert(1)>">x',
    '<img src=x onerror=alert(1) ',
    '<form action=/x><input name=x>',
  ])('makes a text of %s', (html) => {
    const element = document.createElement('div');
    element.innerHTML = markupOnly(html);
    expect(element.querySelector(':not(p):not(a)')).toBeNull();
    expect([...element.querySelectorAll('*')].flatMap((found) => found.getAttributeNames())).toEqual([]);
  });
});
