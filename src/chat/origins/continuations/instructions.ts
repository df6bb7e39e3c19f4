const introduction = 'This conversation goes on from an earlier one, of which this is the summary:';

/** What a model is told before all messages: the instructions, and the summary of what the conversation goes on from. */
export function instructionsWith(systemPrompt: string | null, originSummary: string | null): string | null {
  if (originSummary === null) return systemPrompt;
  const summary = `${introduction}\n\n${originSummary}`;
  return systemPrompt?.trim() ? `${systemPrompt}\n\n${summary}` : summary;
}
