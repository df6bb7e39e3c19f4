import type { Fault } from '../faults.ts';
import { wordsIn } from '../lessons/refusals.ts';
import type { Lesson } from '../lessons/lessons.ts';
import { isResponsesName, isThinkingName } from '../models/openai-names.ts';
import { responses } from '../responses/request-body.ts';
import type { KnownLessons, Protocol, ProtocolName } from './protocol.ts';
import { completions } from './request-body.ts';

const OPENAI_HOST = 'api.openai.com';
const protocols: Record<ProtocolName, Protocol> = { chat: completions, responses };

/** What the setting says: one protocol for all, or the better one for each model. */
export type ProtocolSetting = 'auto' | ProtocolName;
export type Asked = { api: ProtocolSetting; host: string; model: string };

/** A lesson about the protocol itself stands among those about fields, under this name. */
const FIELD = 'protocol';

/** The server speaks Responses as far as the settings tell: then models that have no other protocol can be chosen. */
export const speaksResponses = ({ api, host }: Pick<Asked, 'api' | 'host'>) =>
  api === 'responses' || (api === 'auto' && host === OPENAI_HOST);

/**
 * Which protocol to ask with: the one that the server taught, else the one in the settings. Left to us it is Responses at
 * OpenAI's own host for models that think or exist only there, and chat completions for all else.
 */
export function protocolFor({ api, host, model }: Asked, lessons: KnownLessons): Protocol {
  const taught = lessons.get(FIELD)?.instead;
  if (taught === 'chat' || taught === 'responses') return protocols[taught];
  if (api !== 'auto') return protocols[api];
  const isBetter = host === OPENAI_HOST && (isThinkingName(model) || isResponsesName(model));
  return isBetter ? responses : completions;
}

/** That the server does not have the protocol, or not for this model; nothing when it says something else. */
export function protocolLesson(fault: Fault, asked: Protocol, known: KnownLessons): Lesson | undefined {
  const { status = 0, raw } = fault;
  if (known.has(FIELD) || ![400, 404, 405, 422, 501].includes(status)) return undefined;
  const other: ProtocolName = asked.name === 'chat' ? 'responses' : 'chat';
  // A server without Responses has nothing at its address; one without the model names it in the code of the error.
  const isMissing =
    asked.name === 'responses' && status !== 400 && status !== 422 && !/model_not_found/.test(raw);
  const namesOther =
    other === 'responses' ? /\bv1\/responses\b|responses api/i : /chat\/completions|chat completions/i;
  return isMissing || namesOther.test(raw)
    ? { field: FIELD, instead: other, words: wordsIn(raw) }
    : undefined;
}
