import { english } from './answers.ts';
import { german } from './german-answers.ts';
import { textIn } from '../chat/content.ts';
import type { ChatTurn } from '../provider.ts';

type TextTurn = { role: ChatTurn['role']; content: string };

/**
 * The demo model's answer to the last question, in Markdown, in English or German after the question. The same
 * question gets the same answer, so a reply that was cut goes on where it ended.
 */
export function demoAnswer(given: readonly ChatTurn[]): string {
  const turns = given.map(({ role, content }) => ({ role, content: textIn(content) }));
  const begun = turns.findLast((turn) => turn.role === 'assistant')?.content ?? '';
  const rest = restOf(begun, turns);
  return rest ?? freshAnswer(turns);
}

/** What is missing of an answer that broke off, when the last turn asks to go on with it. */
function restOf(begun: string, turns: readonly TextTurn[]): string | undefined {
  const last = turns.at(-1);
  const isAskedToGoOn =
    last?.role === 'assistant' || /^(continue|go on|weiter|fahre fort)\b/i.test(last?.content ?? '');
  if (begun === '' || !isAskedToGoOn) return undefined;
  const until = turns.findLastIndex((turn) => turn.role === 'assistant');
  const whole = freshAnswer(turns.slice(0, until));
  return whole.startsWith(begun) && whole.length > begun.length ? whole.slice(begun.length) : undefined;
}

function freshAnswer(turns: readonly TextTurn[]): string {
  const questions = turns.filter((turn) => turn.role === 'user').map((turn) => turn.content);
  const instructions = turns.filter((turn) => turn.role === 'system').map((turn) => turn.content);
  const question = questions.at(-1) ?? '';
  return taskAnswer(instructions.join('\n'), question) ?? conversation(question, questions.length);
}

function conversation(question: string, questionCount: number): string {
  const words = isGerman(question) ? german : english;
  const body = kindsOf(question)
    .map((kind) => words[kind](quoted(question), question))
    .join('\n\n');
  return questionCount > 2 ? body : `${body}\n\n---\n\n${words.connect}`;
}

/** Short jobs that Salon itself gives to a chat model: titles, summaries, ideas for images, better prompts. */
function taskAnswer(instructions: string, question: string): string | undefined {
  const task = instructions.toLowerCase();
  const words = isGerman(question) ? german : english;
  if (/\btitle\b|\btitel\b/.test(task)) return firstWords(question, 6) || words.untitled;
  if (/\bsummar|zusammenfass/.test(task)) return words.summary(firstWords(question, 14));
  const asked = `${task} ${question.toLowerCase()}`;
  if (/\b(ideas|prompts|ideen)\b/.test(asked) && /\b(image|image|bild|prompt|icon|motiv)/.test(asked))
    return words.ideas.slice(0, Math.min(words.ideas.length, countIn(asked))).join('\n');
  if (/(improve|rewrite|expand).{0,40}prompt/.test(task))
    return `${question.trim()}, soft evening light, clear shapes, calm colours, plenty of space`;
  return undefined;
}

type Kind = 'code' | 'math' | 'table' | 'plan' | 'general';

const kinds: [Exclude<Kind, 'general'>, RegExp][] = [
  [
    'table',
    /\b(compare|vergleich|versus|vs|difference|unterschied|table|tabelle|pros and cons|better|besser)/,
  ],
  [
    'code',
    /\b(code|function|funktion|program|programm|script|skript|python|javascript|typescript|sql|bug|regex)/,
  ],
  [
    'math',
    /\b(math|mathe|equation|gleichung|formula|formel|integral|proof|beweis|theorem|satz des|calculate|rechne|berechne|probability|interest|zins)/,
  ],
  [
    'plan',
    /\b(plan|list|liste|steps|schritte|checklist|checkliste|todo|trip|reise|recipe|rezept|how (do|can|to)|wie (kann|mache)|organi)/,
  ],
];

/** What the question asks to see, in the order in which it is shown; everything when it says so. */
function kindsOf(question: string): Kind[] {
  const text = question.toLowerCase();
  if (/\b(everything|every kind|alles)\b/.test(text)) return ['general', ...kinds.map(([kind]) => kind)];
  const asked = kinds.filter(([, pattern]) => pattern.test(text)).map(([kind]) => kind);
  return asked.length > 0 ? asked : ['general'];
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
