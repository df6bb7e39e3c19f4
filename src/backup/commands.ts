import { parseArgs } from 'node:util';
import type { Command, CommandIo } from '../platform/command.ts';
import type { Config } from '../platform/config.ts';
import { examine } from './doctor/doctor.ts';
import { listBackups, megabytes } from './folder.ts';
import { makeBackup, type Progress } from './make.ts';
import type { Manifest } from './manifest.ts';
import { restoreBackup, verifyBackup } from './restore.ts';
import { planRollback, rollBack, type RollbackPlan } from './rollback.ts';
import type { Line } from './runner.ts';

/** How often a program that started the command hears how far a phase is; that another one begins it hears at once. */
const PROGRESS_EVERY_MS = 300;

type Deps = { open: () => Config; salon: string; now: () => number };

/** Backup, restore, doctor and rollback for `npm run cli`. `open` reads the settings, `salon` is the version. */
export function backupCommands({ open, salon, now }: Deps): Command[] {
  return [
    {
      name: 'backup',
      usage: '[--json]',
      summary: 'Makes a verified archive of everything in DATA_DIR/backups, also while Salon runs.',
      async run(args, io) {
        const { values } = parseArgs({
          args: [...args],
          options: { json: { type: 'boolean' }, kind: { type: 'string', default: 'manual' } },
        });
        const { dataDir, imagesDir } = open();
        const kind = values.kind === 'scheduled' ? 'scheduled' : 'manual';
        const onProgress = values.json ? progressLines(io, now) : undefined;
        const result = await makeBackup({ dataDir, imagesDir, salon, kind, now, onProgress });
        if (values.json) printJson(io, { result });
        else {
          io.out(
            `${result.name}: ${megabytes(result.bytes)}, ${result.files} files, read back and found whole`,
          );
          for (const name of result.gone) io.err(`warning: ${name} is named by a row and has no file`);
          for (const name of result.damaged) io.err(`warning: ${name} differs from the checksum of its row`);
        }
        return 0;
      },
    },
    {
      name: 'backups',
      usage: '',
      summary: 'Lists the archives that are there.',
      async run(args, io) {
        parseArgs({ args: [...args], options: {} });
        const found = await listBackups(open().dataDir);
        for (const { name, bytes, createdAt, kind } of found)
          io.out(
            `${new Date(createdAt).toISOString()}  ${megabytes(bytes).padStart(12)}  ${kind.padEnd(9)}  ${name}`,
          );
        if (found.length === 0) io.out('There is no backup yet: make one with "npm run cli -- backup".');
        return 0;
      },
    },
    {
      name: 'backup verify',
      usage: '<file>',
      summary: 'Reads an archive through, with every checksum and the database in it.',
      async run(args, io) {
        const manifest = await verifyBackup(onlyFile(args, {}).file);
        io.out(`whole: ${describe(manifest)}`);
        return 0;
      },
    },
    {
      name: 'restore',
      usage: '<file> [--dry-run]',
      summary: 'Puts an archive into an empty DATA_DIR and IMAGES_DIR; --dry-run only checks.',
      async run(args, io) {
        const { file, values } = onlyFile(args, { 'dry-run': { type: 'boolean' } });
        const { dataDir, imagesDir, sessionSecret } = open();
        const dryRun = values['dry-run'] === true;
        const manifest = await restoreBackup(file, { dataDir, imagesDir }, dryRun);
        io.out(`${dryRun ? 'would restore' : 'restored'}: ${describe(manifest)}`);
        io.out(`  database and secret to ${dataDir}`);
        io.out(`  images to ${imagesDir}`);
        for (const name of manifest.gone)
          io.err(`warning: ${name} was gone already when the backup was made`);
        if (sessionSecret === undefined && !manifest.files.some(({ name }) => name === 'session-secret'))
          io.err('warning: the archive has no session secret: everyone has to sign in again');
        return 0;
      },
    },
    {
      name: 'doctor',
      usage: '[--json]',
      summary: 'Checks database, files, permissions, settings and disk; changes nothing.',
      async run(args, io) {
        const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } });
        const findings = await examine(open, now());
        if (values.json) io.out(JSON.stringify({ findings }, null, 2));
        else
          for (const { level, subject, text } of findings) io.out(`${level.padEnd(4)}  ${subject}: ${text}`);
        return findings.some(({ level }) => level === 'fail') ? 1 : 0;
      },
    },
    {
      name: 'rollback',
      usage: '[--yes]',
      summary:
        'Goes back to the copy from before the last upgrade; says what is lost, and does it with --yes.',
      async run(args, io) {
        const { values } = parseArgs({ args: [...args], options: { yes: { type: 'boolean' } } });
        const { dataDir } = open();
        if (!values.yes) {
          describePlan(planRollback(dataDir), io);
          io.out('Nothing was changed. To do it: npm run cli -- rollback --yes');
          return 1;
        }
        const done = await rollBack(dataDir, now());
        describePlan(done, io);
        io.out(`Done. The database of now is kept as ${done.kept}.`);
        io.out('Start the older Salon: this one would upgrade the database again.');
        return 0;
      },
    },
  ];
}

function onlyFile(args: readonly string[], options: Record<string, { type: 'boolean' }>) {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [file, more] = positionals;
  if (file === undefined || more !== undefined)
    throw Object.assign(new Error('name exactly one file'), { code: 'ERR_PARSE_ARGS_FILE' });
  return { file, values };
}

function progressLines(io: CommandIo, now: () => number): (progress: Progress) => void {
  let last = 0;
  let phase: Progress['phase'] | undefined;
  return (progress) => {
    if (progress.phase === phase && now() - last < PROGRESS_EVERY_MS) return;
    last = now();
    phase = progress.phase;
    printJson(io, { progress });
  };
}

const printJson = (io: CommandIo, line: Line) => io.out(JSON.stringify(line));

function describe({ created_at: at, salon, schema, files, rows }: Manifest): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const people = rows['users'] ?? 0;
  return `backup of ${at} by Salon ${salon} (schema ${schema}), ${files.length} files, ${megabytes(bytes)}, ${people} accounts`;
}

function describePlan(plan: RollbackPlan, io: CommandIo): void {
  const taken = new Date(plan.takenAt).toISOString();
  io.out(
    `From version ${plan.from ?? 'unknown'} back to version ${plan.to}: ${plan.snapshot}, taken ${taken}.`,
  );
  if (!plan.lost) return io.out('The database of now cannot be read, so what would be lost cannot be said.');
  const lost = Object.entries(plan.lost);
  for (const [table, count] of lost) io.out(`  lost: ${count} newer rows of ${table}`);
  io.out(`  lost: every change to older rows since then${lost.length === 0 ? '; no newer rows' : ''}`);
}
