import type { MessageDescriptor } from '@lingui/core';
import { i18n } from '@lingui/core';
import { msg } from '@lingui/core/macro';

/** The sentences of the server, which are English: its own, and those of zxcvbn. */
const words: Record<string, MessageDescriptor> = {
  'Use at least 10 characters.': msg`Use at least 10 characters.`,
  'This password is easy to guess.': msg`This password is easy to guess.`,
  'Add another word or two. Uncommon words are better.': msg`Add another word or two. Uncommon words are better.`,
  "Capitalization doesn't help very much.": msg`Capitalization doesn’t help very much.`,
  "Reversed words aren't much harder to guess.": msg`Reversed words aren’t much harder to guess.`,
  "Predictable substitutions like '@' instead of 'a' don't help very much.": msg`Predictable substitutions like ’@’ instead of ’a’ don’t help very much.`,
  'Use a few words, avoid common phrases.': msg`Use a few words, avoid common phrases.`,
  'No need for symbols, digits, or uppercase letters.': msg`No need for symbols, digits, or uppercase letters.`,
  'Straight rows of keys are easy to guess.': msg`Straight rows of keys are easy to guess.`,
  'Short keyboard patterns are easy to guess.': msg`Short keyboard patterns are easy to guess.`,
  'This is a top-10 common password.': msg`This is a top-10 common password.`,
  'This is similar to a commonly used password.': msg`This is similar to a commonly used password.`,
  'A word by itself is easy to guess.': msg`A word by itself is easy to guess.`,
  'All-uppercase is almost as easy to guess as all-lowercase.': msg`All-uppercase is almost as easy to guess as all-lowercase.`,
  'Use a longer keyboard pattern with more turns.': msg`Use a longer keyboard pattern with more turns.`,
  'Repeats like "aaa" are easy to guess.': msg`Repeats like "aaa" are easy to guess.`,
  'Repeats like "abcabcabc" are only slightly harder to guess than "abc".': msg`Repeats like "abcabcabc" are only slightly harder to guess than "abc".`,
  'This is a top-100 common password.': msg`This is a top-100 common password.`,
  'This is a very common password.': msg`This is a very common password.`,
  'Names and surnames by themselves are easy to guess.': msg`Names and surnames by themselves are easy to guess.`,
  'Common names and surnames are easy to guess.': msg`Common names and surnames are easy to guess.`,
  'Avoid repeated words and characters.': msg`Avoid repeated words and characters.`,
  'Sequences like "abc" or "6543" are easy to guess.': msg`Sequences like "abc" or "6543" are easy to guess.`,
  'Avoid sequences.': msg`Avoid sequences.`,
  'Recent years are easy to guess.': msg`Recent years are easy to guess.`,
  'Dates are often easy to guess.': msg`Dates are often easy to guess.`,
  'Avoid recent years.': msg`Avoid recent years.`,
  'Avoid years that are associated with you.': msg`Avoid years that are associated with you.`,
  'Avoid dates and years that are associated with you.': msg`Avoid dates and years that are associated with you.`,
};

/** Advice on a password in the language of the page. A sentence that is not known stays in English. */
export function adviceText(sentence: string): string {
  const known = words[sentence];
  return i18n.locale === 'en' || !known ? sentence : i18n._(known);
}
