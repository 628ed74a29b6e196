/** GraphiQL shows the descriptions of the schema as HTML, made from Markdown. A browser with Trusted Types lets no other
 *  HTML into the page than what passes through the policy here. */

const MARKUP =
  /^<\/?(a|blockquote|br|code|del|em|h[1-6]|hr|li|ol|p|pre|s|strong|table|tbody|td|th|thead|tr|ul)( (class|start|title)="[^"<>]*"| href="(https?:\/\/|mailto:|#)[^"<>]*")*( ?\/)?>$/;

/** Returns the HTML with every tag that Markdown doesn't make turned into text. */
export function markupOnly(html: string): string {
  return html.replace(/<[^>]*>?/g, (tag) => (MARKUP.test(tag) ? tag : tag.replaceAll('<', '&lt;')));
}

interface TrustedTypes {
  createPolicy: (name: string, rules: { createHTML: (html: string) => string }) => unknown;
}

/** Makes the policy that the browser applies to HTML from text. Scripts from text stay forbidden. */
export function trustMarkup(): void {
  const { trustedTypes } = window as { trustedTypes?: TrustedTypes };
  trustedTypes?.createPolicy('default', { createHTML: markupOnly });
}
