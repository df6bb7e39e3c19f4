import { parseArgs } from 'node:util';
import type { Accounts } from '../accounts/accounts.ts';
import type { Command, CommandIo } from '../platform/command.ts';
import type { NoticeReason } from './imported.ts';
import type { ImportReport } from './report.ts';
import type { ImportRunner } from './run-import.ts';

export type OpenImporter = {
  accounts: Pick<Accounts, 'people'>;
  importer: ImportRunner;
  close(): Promise<void>;
};

type Deps = {
  open(): Promise<OpenImporter>;
  /** Why something was left out. */
  sentenceOf(why: NoticeReason): string;
};

const TELL_EVERY = 0.1;

/** `import` of `npm run cli`: beside a running Salon or without one. What is there already is not stored again. */
export function importCommands({ open, sentenceOf }: Deps): Command[] {
  return [
    {
      name: 'import',
      usage: '<file> --user <name> [--dry-run]',
      summary: 'Imports an archive of Salon, ChatGPT or Claude into an account.',
      async run(args, io) {
        const { values, positionals } = parseArgs({
          args: [...args],
          options: { user: { type: 'string' }, 'dry-run': { type: 'boolean', default: false } },
          allowPositionals: true,
        });
        const [path, ...more] = positionals;
        if (path === undefined || more.length > 0 || values.user === undefined) {
          io.err('Usage: npm run cli -- import <file> --user <name> [--dry-run]');
          return 2;
        }
        const opened = await open();
        try {
          const report = await importFor(
            opened,
            { path, username: values.user, isDryRun: values['dry-run'] },
            io,
          );
          tell(report, sentenceOf, io);
          return 0;
        } finally {
          await opened.close();
        }
      },
    },
  ];
}

async function importFor(
  { accounts, importer }: OpenImporter,
  { path, username, isDryRun }: { path: string; username: string; isDryRun: boolean },
  io: CommandIo,
): Promise<ImportReport> {
  const person = await accounts.people.getByName(username);
  let told = 0;
  return importer.run({
    path,
    actor: { id: person.id, authMethod: 'cli' },
    isDryRun,
    signal: new AbortController().signal,
    onProgress(part) {
      if (part - told >= TELL_EVERY) {
        told = part;
        io.out(`${Math.floor(part * 100)} %`);
      }
      return Promise.resolve();
    },
  });
}

function tell(report: ImportReport, sentenceOf: Deps['sentenceOf'], io: CommandIo): void {
  const { counts, added, updated, unchanged, skipped, reasons } = report;
  io.out(
    `${counts.conversations} conversations: ${added} new, ${updated} with something new, ${unchanged} here already`,
  );
  io.out(`${counts.messages} messages, ${counts.images} images, ${counts.attachments} attachments`);
  for (const { what, why } of skipped) io.out(`${what}: ${sentenceOf(why)}`);
  const total = Object.values(reasons).reduce((sum, count) => sum + count, 0);
  if (total > skipped.length) io.out(`and ${total - skipped.length} more`);
}
