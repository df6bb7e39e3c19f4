import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { userCommands } from './accounts/commands.ts';
import { backupCommands } from './backup/commands.ts';
import { importCommands } from './conversation-import/commands.ts';
import { isAppError } from './lib/errors.ts';
import type { Command, CommandIo } from './platform/command.ts';
import { providerCommands } from './provider/self-test/commands.ts';
import { ConfigError, loadEnvFile, readConfig } from './platform/config.ts';
import { openTerminal } from './platform/terminal.ts';
import { createTranslations } from './web/i18n.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const open = () => {
  loadEnvFile(root);
  return readConfig(root);
};

const commands: Command[] = [
  {
    name: 'help',
    usage: '',
    summary: 'Shows this list.',
    run: (_args, io) => {
      help(io.out);
      return Promise.resolve(0);
    },
  },
  {
    name: 'version',
    usage: '',
    summary: 'Says which Salon this is.',
    run: (_args, io) => {
      io.out(version);
      return Promise.resolve(0);
    },
  },
  ...userCommands(async () => (await import('./open-accounts.ts')).openAccounts(open())),
  ...importCommands({
    open: async () => (await import('./open-importer.ts')).openImporter(open()),
    sentenceOf: (why) => createTranslations().en(`conversation_import.why.${why}`),
  }),
  ...providerCommands(open),
  ...backupCommands({ open, salon: version, now: Date.now }),
];

function help(print: (line: string) => void): void {
  const heads = commands.map(({ name, usage }) => `${name} ${usage}`.trim());
  const width = Math.max(...heads.map(({ length }) => length));
  print('npm run cli -- <command>');
  for (const [index, { summary }] of commands.entries())
    print(`  ${(heads[index] ?? '').padEnd(width)}  ${summary}`);
}

/** The command with the longest name that the words begin with: `backup verify x` is not `backup` with two arguments. */
function find(words: readonly string[]): { command: Command; args: readonly string[] } | undefined {
  const named = [...commands].sort((a, b) => b.name.length - a.name.length);
  for (const command of named) {
    const length = command.name.split(' ').length;
    if (words.slice(0, length).join(' ') === command.name) return { command, args: words.slice(length) };
  }
  return undefined;
}

async function run(words: readonly string[], io: CommandIo): Promise<number> {
  const asksForHelp = words.length === 0 || ['--help', '-h'].includes(words[0] ?? '');
  const found = find(asksForHelp ? ['help'] : words[0] === '--version' ? ['version'] : words);
  if (!found) {
    io.err(`There is no command "${words.slice(0, 2).join(' ')}".`);
    help(io.err);
    return 2;
  }
  try {
    return await found.command.run(found.args, io);
  } catch (error) {
    const lines = error instanceof ConfigError ? error.lines : [sentenceOf(error)];
    for (const line of lines) io.err(line);
    if (!isUsageFault(error)) return 1;
    io.err(`Usage: npm run cli -- ${found.command.name} ${found.command.usage}`.trimEnd());
    return 2;
  }
}

/** One sentence of any fault, never a stack. */
function sentenceOf(error: unknown): string {
  if (isAppError(error)) return createTranslations().en(`errors.${error.code}`, error.params);
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

function isUsageFault(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && code.startsWith('ERR_PARSE_ARGS');
}

// A reader that has seen enough (`… | head`) is no fault.
process.stdout.on('error', () => process.exit(0));
process.exit(await run(process.argv.slice(2), openTerminal()));
