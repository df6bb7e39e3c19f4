import { english } from './demo-answers.ts';
import { german } from './demo-german.ts';
import type { ChatTurn } from './provider.ts';

/**
 * The demo model's answer to the last question, in Markdown, in English or German after the question. The same
 * question gets the same answer, so a reply that was cut goes on where it ended.
 */
export function demoAnswer(turns: readonly ChatTurn[]): string {
  const last = turns.at(-1);
  const question = [...turns].reverse().find((turn) => turn.role === 'user')?.content ?? '';
  const instructions = turns
    .filter((turn) => turn.role === 'system')
    .map((turn) => turn.content)
    .join('\n');
  const answer =
    taskAnswer(instructions, question) ??
    conversation(question, turns.filter((turn) => turn.role === 'user').length);
  const begun = last?.role === 'assistant' ? last.content : '';
  return begun !== '' && answer.startsWith(begun) && answer.length > begun.length
    ? answer.slice(begun.length)
    : answer;
}

function conversation(question: string, questionCount: number): string {
  const words = isGerman(question) ? german : english;
  const body = words[kindOf(question)](quoted(question), question);
  return questionCount > 2 ? body : `${body}\n\n---\n\n${words.connect}`;
}

/** Short jobs that Salon itself gives to a chat model: titles, summaries, ideas for pictures, better prompts. */
function taskAnswer(instructions: string, question: string): string | undefined {
  const task = instructions.toLowerCase();
  const words = isGerman(question) ? german : english;
  if (/\btitle\b|\btitel\b/.test(task)) return firstWords(question, 6) || words.untitled;
  if (/\bsummar|zusammenfass/.test(task)) return words.summary(firstWords(question, 14));
  const asked = `${task} ${question.toLowerCase()}`;
  if (/\b(ideas|prompts|ideen)\b/.test(asked) && /\b(image|picture|bild|prompt|icon|motiv)/.test(asked))
    return words.ideas.slice(0, Math.min(words.ideas.length, countIn(asked))).join('\n');
  if (/(improve|rewrite|expand).{0,40}prompt/.test(task))
    return `${question.trim()}, soft evening light, clear shapes, calm colours, plenty of space`;
  return undefined;
}

type Kind = 'code' | 'math' | 'table' | 'plan' | 'general';

function kindOf(question: string): Kind {
  const text = question.toLowerCase();
  if (
    /\b(code|function|funktion|program|programm|script|skript|python|javascript|typescript|sql|bug|regex)/.test(
      text,
    )
  )
    return 'code';
  if (
    /\b(math|mathe|equation|gleichung|formula|formel|integral|proof|beweis|theorem|satz des|calculate|rechne|berechne|probability|interest|zins)/.test(
      text,
    )
  )
    return 'math';
  if (
    /\b(compare|vergleich|versus|vs|difference|unterschied|table|tabelle|pros and cons|better|besser)/.test(
      text,
    )
  )
    return 'table';
  if (
    /\b(plan|steps|schritte|checklist|checkliste|todo|trip|reise|recipe|rezept|how (do|can|to)|wie (kann|mache)|organi)/.test(
      text,
    )
  )
    return 'plan';
  return 'general';
}

const germanWords =
  /\b(der|die|das|und|ist|nicht|ein|eine|einen|wie|was|mir|für|bitte|schreib|schreibe|zeig|zeige|erkläre|ich|mit|über|warum|wir|vergleiche)\b/gi;

/** Two common German words, or one with an umlaut, make a German question. */
export function isGerman(text: string): boolean {
  return (text.match(germanWords)?.length ?? 0) >= 2 || /[äöüß]/i.test(text);
}

/** The question as inline text: one line, at most 80 characters, Markdown's signs made plain. */
function quoted(question: string): string {
  const line = question.replace(/\s+/g, ' ').trim();
  const short = line.length > 80 ? `${line.slice(0, 79).trimEnd()}…` : line;
  return short.replace(/[\\`*_{}[\]<>#|~$!&]/g, '\\$&');
}

function firstWords(text: string, count: number): string {
  return text
    .replace(/[^\p{L}\p{N}\s'’-]/gu, ' ')
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, count)
    .join(' ');
}

function countIn(text: string): number {
  const count = Number(/\b(\d{1,2})\b/.exec(text)?.[1] ?? 5);
  return Math.max(1, count);
}
