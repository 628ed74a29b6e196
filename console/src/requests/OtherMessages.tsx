/** What the server says about no field of the form. */
export function OtherMessages({ messages, fields }: { messages: Record<string, string[]>; fields: readonly string[] }) {
  return Object.entries(messages)
    .filter(([field]) => !fields.includes(field))
    .flatMap(([, all]) => all)
    .map((message) => (
      <p key={message} role="alert">
        {message}
      </p>
    ));
}
