/** Whether an error means that a file of the page is gone: after an update, an old tab asks for files of the old
 *  version. The texts are those of Chrome, Firefox and Safari. */
export function isMissingFile(error: unknown): boolean {
  const texts = /dynamically imported module|Importing a module script failed|Unable to preload CSS/i;
  return error instanceof Error && texts.test(error.message);
}
