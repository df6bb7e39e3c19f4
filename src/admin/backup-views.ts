import type { BackupFile, Backups, Running, Schedule } from '../backup/backup.ts';
import { iso } from '../lib/time.ts';
import { sizeText } from '../lib/size.ts';

/** Offered on the form; what was set otherwise is offered beside them. 0: only by hand. */
const hourChoices = [0, 6, 12, 24, 168];
/** What an interval in hours is called where it has a name of its own. */
const namedHours = [0, 1, 24, 168];

/** Whose language and words to use; a request is one. */
type Reader = { language: string; t: (key: string, params?: Record<string, unknown>) => string };

type State = Awaited<ReturnType<Backups['settings']>> & { files: BackupFile[]; running: Running | undefined };

export const fileJson = ({ name, kind, bytes, createdAt }: BackupFile) => ({
  name,
  kind,
  bytes,
  created_at: iso(createdAt),
  url: `/admin/backup/${name}`,
});

export const scheduleJson = ({ everyHours, keep, version, nextAt }: Schedule) => ({
  every_hours: everyHours,
  keep,
  version,
  next_at: nextAt === null ? null : iso(nextAt),
});

/** The whole page for clients. */
export function stateJson({ files, running, schedule, last }: State) {
  return {
    backups: files.map(fileJson),
    running: running ? { kind: running.kind, phase: running.phase, percent: percentOf(running) } : null,
    schedule: scheduleJson(schedule),
    last: last && {
      at: iso(last.at),
      kind: last.kind,
      outcome: last.outcome,
      name: last.name,
      message: last.message,
    },
  };
}

/** The whole page for people. */
export function stateView(reader: Reader, { files, running, schedule, last }: State) {
  return {
    files: files.map((file) => ({
      ...file,
      url: `/admin/backup/${file.name}`,
      size: sizeText(reader.language, file.bytes),
      kindLabel: reader.t(`backup.kinds.${file.kind}`),
    })),
    total: sizeText(
      reader.language,
      files.reduce((sum, { bytes }) => sum + bytes, 0),
    ),
    running: running && { phase: reader.t(`backup.phases.${running.phase}`), percent: percentOf(running) },
    last,
    nextAt: schedule.nextAt,
    interval: hoursText(reader, schedule.everyHours),
  };
}

/** The intervals to choose from, with `selected` among them. */
export function intervalChoices(reader: Reader, selected: string) {
  const own = /^\d{1,3}$/.test(selected) ? [Number(selected)] : [];
  return [...new Set([...hourChoices, ...own])]
    .sort((a, b) => a - b)
    .map((hours) => ({
      value: String(hours),
      label: hoursText(reader, hours),
      selected: String(hours) === selected,
    }));
}

function hoursText(reader: Reader, hours: number): string {
  return namedHours.includes(hours)
    ? reader.t(`backup.every.${hours}`)
    : reader.t('backup.every_hours', { hours });
}

/** The copy of the database is short, so the three parts share the bar unevenly. */
function percentOf({ phase, part }: Running): number {
  const [from, to] = { database: [0, 20], files: [20, 70], check: [70, 100] }[phase] as [number, number];
  return Math.floor(from + (to - from) * Math.min(1, Math.max(0, part)));
}
