import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { deepseek } from './deepseek.ts';
import type { Dialect } from './dialect.ts';
import { gemini } from './gemini.ts';
import { groq } from './groq.ts';
import { koboldcpp } from './koboldcpp.ts';
import { llamaCpp } from './llama-cpp.ts';
import { lmStudio } from './lm-studio.ts';
import { localai } from './localai.ts';
import { mistral } from './mistral.ts';
import { ollama } from './ollama.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';
import { sdCpp } from './sd-cpp.ts';
import { tagged } from './tagged.ts';
import { together } from './together.ts';
import { vllm } from './vllm.ts';
import { xai } from './xai.ts';

export const dialects: readonly Dialect[] = [
  openai,
  azure,
  openrouter,
  anthropic,
  gemini,
  mistral,
  deepseek,
  xai,
  groq,
  together,
  ollama,
  lmStudio,
  llamaCpp,
  vllm,
  localai,
  koboldcpp,
  sdCpp,
  tagged,
];
