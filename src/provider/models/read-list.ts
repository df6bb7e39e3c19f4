import { fieldsOf, listOf, stringIn, type Fields } from '../json.ts';
import type { Model, ModelKind, TokenPrice } from '../provider.ts';
import { commonLevels, effortLevels, type EffortLevel } from './effort.ts';
import { kindOf } from './kind-of-name.ts';

const MAX_MODELS = 2000;
const MAX_NAME_CHARACTERS = 200;
const MAX_CONTEXT_TOKENS = 100_000_000;
/** In dollars for a million tokens; OpenRouter lists -1 where the price depends on what answers. */
const MAX_PRICE = 100_000;

/**
 * The models of a `GET /models` answer of any server, or nothing when it is no such list: `{data: […]}`, `{models: […]}`
 * or a bare array (Together), of objects or names. What the server says of a model counts more than its name. Repeated
 * names count once. `hasResponses`: models of that protocol alone can be used.
 */
export function readModels(answer: unknown, hasResponses = false): Model[] | undefined {
  const root = fieldsOf(answer);
  const data = [answer, root['data'], root['models']].find((value) => Array.isArray(value));
  if (!Array.isArray(data)) return undefined;
  const models = new Map<string, Model>();
  for (const item of data as unknown[]) {
    const fields = typeof item === 'string' ? { id: item } : fieldsOf(item);
    const name = ['id', 'key', 'name', 'model'].map((field) => fields[field]).find(isName);
    if (name === undefined) continue;
    models.set(name, modelOf(name, fields, hasResponses));
    if (models.size === MAX_MODELS) break;
  }
  return [...models.values()];
}

function modelOf(name: string, fields: Fields, hasResponses: boolean): Model {
  const label = labelOf(name);
  const contextTokens = contextOf(fields);
  const seesImages = readsImages(fields);
  const price = priceOf(fields);
  const levels = levelsIn(fields);
  const owner = stringIn(fields['owned_by']);
  return {
    name,
    kind: statedKind(fields) ?? kindOf(name, hasResponses),
    ...(label === name ? {} : { label }),
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(seesImages === undefined ? {} : { seesImages }),
    ...(levels === undefined ? {} : { effortLevels: levels }),
    ...(price === undefined ? {} : { price }),
    ...(owner === '' ? {} : { owner }),
    shutdownDate: dayOf(fields['shutdown_date'] ?? fields['deprecation']),
  };
}

/** The last part of a path: llama.cpp names a model by its file. */
function labelOf(name: string): string {
  return /^([/~]|[A-Za-z]:\\|\.{1,2}[/\\])/.test(name)
    ? (name.split(/[/\\]/).findLast((part) => part !== '') ?? name)
    : name;
}

/** `type` of Together and LM Studio, the modalities of OpenRouter and llama.cpp, the capabilities of Mistral and LocalAI. */
function statedKind(fields: Fields): ModelKind | undefined {
  const { type, capabilities } = fields;
  if (typeof type === 'string') {
    if (/^(chat|llm|vlm|language|text|code)$/i.test(type)) return 'chat';
    if (/^image/i.test(type)) return 'image';
    if (/embed|rerank|audio|moderation|speech|transcri|video|tts|stt/i.test(type)) return 'other';
  }
  const outputs = listIn(fieldsOf(fields['architecture'])['output_modalities']);
  if (outputs.includes('text')) return 'chat';
  if (outputs.includes('image')) return 'image';
  if (outputs.length > 0) return 'other';
  const completes = fieldsOf(capabilities)['completion_chat'];
  if (typeof completes === 'boolean') return completes ? 'chat' : 'other';
  const named = listIn(capabilities);
  if (named.some((name) => /^(chat|completion)$/.test(name))) return 'chat';
  if (named.some((name) => /^image/.test(name))) return 'image';
  return named.some((name) => /embed|rerank|tts|transcript/.test(name)) ? 'other' : undefined;
}

function readsImages(fields: Fields): boolean | undefined {
  const inputs = listIn(fieldsOf(fields['architecture'])['input_modalities']);
  if (inputs.length > 0) return inputs.includes('image');
  const { vision } = fieldsOf(fields['capabilities']);
  if (typeof vision === 'boolean') return vision;
  if (fields['type'] === 'vlm') return true;
  const named = listIn(fields['capabilities']);
  return named.length === 0 ? undefined : named.some((name) => /vision|multimodal|image_input/.test(name));
}

/** OpenRouter lists the parameters that a model takes, LM Studio the levels themselves. */
function levelsIn(fields: Fields): readonly EffortLevel[] | undefined {
  const options = listIn(fieldsOf(fieldsOf(fields['capabilities'])['reasoning'])['allowed_options']);
  if (options.length > 0) return effortLevels.filter((level) => options.includes(level));
  const parameters = listIn(fields['supported_parameters']);
  if (parameters.length === 0) return undefined;
  return parameters.some((name) => name === 'reasoning' || name === 'reasoning_effort') ? commonLevels : [];
}

/** OpenRouter names the price of a token in dollars, as text; Together that of a million, as numbers. */
function priceOf(fields: Fields): TokenPrice | undefined {
  const pricing = fieldsOf(fields['pricing']);
  const isPerToken = pricing['prompt'] !== undefined;
  const [prompt, completion] = isPerToken
    ? [Number(pricing['prompt']) * 1e6, Number(pricing['completion']) * 1e6]
    : [Number(pricing['input'] ?? NaN), Number(pricing['output'] ?? NaN)];
  const isSane = (price: number) => price >= 0 && price < MAX_PRICE;
  return isSane(prompt) && isSane(completion) ? { prompt, completion } : undefined;
}

/** In tokens: OpenRouter, Together, vLLM, Mistral, LM Studio and llama.cpp each have a name for it. */
function contextOf(fields: Fields): number | undefined {
  const meta = fieldsOf(fields['meta']);
  return [
    fields['max_model_len'],
    fieldsOf(fieldsOf(listOf(fields['loaded_instances'])[0])['config'])['context_length'],
    fields['loaded_context_length'],
    fields['context_length'],
    fields['max_context_length'],
    fields['context_window'],
    meta['n_ctx'],
    meta['n_ctx_train'],
  ].find(
    (value): value is number =>
      typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MAX_CONTEXT_TOKENS,
  );
}

/** A day as `2026-05-12` from a date text or from seconds since 1970; nothing when it is neither. */
function dayOf(value: unknown): string | undefined {
  const isDate = typeof value === 'number' || typeof value === 'string';
  const date = isDate ? new Date(typeof value === 'number' ? value * 1000 : value) : undefined;
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date.toISOString().slice(0, 10);
}

const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= MAX_NAME_CHARACTERS;

const listIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
