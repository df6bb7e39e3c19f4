/*
 * Names that OpenAI lists, as of 2026-11-25, from the types of its official client (7.55.0) and its pages of models.
 * What ends soon stands last; what is gone, or exists only behind another protocol (the `-pro` models), is left out.
 */

/** What `auto` picks, the first one that the server lists: a good mid-priced model first. Dated versions count. */
export const autoChat: readonly string[] = [
  'gpt-6.1-terra',
  'gpt-5.6-terra',
  'gpt-6-luna',
  'gpt-5.6-luna',
  'gpt-5.4-mini',
  'gpt-6.1-sol',
  'gpt-6-sol',
  'gpt-5.6-sol',
  'gpt-5.5',
  'gpt-5.4',
  'gpt-5.2',
  'gpt-6-astra',
  // Ends on 2027-04-01.
  'gpt-5.1',
  'gpt-5.4-nano',
  // End on 2026-12-11 and 2027-01-14.
  'gpt-5-mini',
  'gpt-4.1-mini',
  'gpt-4o-mini',
  'gpt-5',
  'gpt-4.1',
  'gpt-4o',
];

export const autoImage: readonly string[] = [
  'gpt-image-2.6-flare',
  'gpt-image-2.5-flare',
  'gpt-image-2',
  'gpt-image-1.5',
  'gpt-image-1-mini',
  'gpt-image-2.6-sunburst',
  'gpt-image-2.5-sunburst',
  'chatgpt-image-latest',
];
