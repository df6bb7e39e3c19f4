import type { FileFinder } from '../archive/find-files.ts';
import type { ImportedConversation, Notice } from '../imported.ts';
import { isChatGpt, readChatGpt } from './chatgpt.ts';
import { isClaude, readClaude } from './claude.ts';
import { isObject } from './json-values.ts';
import { isSalon, readSalon } from './salon.ts';

/** A conversation of whichever product, told apart by its own shape; undefined for anything else. */
export function readConversation(
  value: unknown,
  files: FileFinder,
  notices: Notice[],
): ImportedConversation | undefined {
  if (!isObject(value)) return undefined;
  if (isSalon(value)) return readSalon(value, files, notices);
  if (isClaude(value)) return readClaude(value, notices);
  return isChatGpt(value) ? readChatGpt(value, files, notices) : undefined;
}
