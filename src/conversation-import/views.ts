import { jobJson, type Job } from '../jobs/jobs.ts';
import type { Import } from './conversation-import.ts';
import type { ImportJobInput } from './import-job.ts';
import type { ImportReport } from './report.ts';

type Translate = (key: string, params?: Record<string, unknown>) => string;

const isDryRun = (job: Job) => (job.input as ImportJobInput).isDryRun;
const reportOf = (job: Job, one: Import) => (isDryRun(job) ? one.preview : one.report);
const errorText = (job: Job, t: Translate) =>
  job.error && job.status !== 'cancelled' ? t(`errors.${job.error.code}`, job.error.params) : null;

/** A job of an import, or of the look before it, as JSON. */
export function importJobJson(job: Job, one: Import, position: number, t: Translate) {
  const report = reportOf(job, one);
  return { ...jobJson(job, position, t), dry_run: isDryRun(job), ...(report ? reportJson(report, t) : {}) };
}

/** `imported` counts the conversations that were new, or got something new. */
export function reportJson(report: ImportReport, t: Translate) {
  const { counts, added, updated, unchanged, skipped, reasons } = report;
  return {
    imported: added + updated,
    added,
    updated,
    unchanged,
    counts: {
      conversations: counts.conversations,
      with_branches: counts.branched,
      messages: counts.messages,
      hidden_messages: counts.hidden,
      images: counts.images,
      missing_images: counts.missingImages,
      attachments: counts.attachments,
      unknown_parts: counts.unknownParts,
    },
    skipped: skipped.map(({ what, why }) => ({ what, why: t(`conversation_import.why.${why}`), code: why })),
    skipped_count: Object.values(reasons).reduce((sum, count) => sum + count, 0),
  };
}

type Reader = { t: Translate; language: string };

/** A job as the templates draw it. `unindexed`: how much the search index lacks, from 1 to 0. */
export function importJobView(
  { job, one, unindexed }: { job: Job; one: Import; unindexed: number | undefined },
  { t, language }: Reader,
) {
  const report = reportOf(job, one);
  const isLook = isDryRun(job);
  const running = job.status === 'queued' || job.status === 'running';
  const name = isLook ? 'preview' : 'run';
  return {
    id: job.id,
    running,
    progress: job.progress,
    statusText: t(`conversation_import.${name}_status.${job.status}`),
    cancelUrl: `/jobs/${job.id}/cancel`,
    error: errorText(job, t),
    searchText: isLook ? null : searchText(job, unindexed, { t, language }),
    lines: report && !running ? linesOf(report, isLook, t) : [],
    skipped: report && !running ? groupsOf(report, t) : [],
    startUrl:
      isLook && job.status === 'complete' && one.hasFile && one.jobId === null
        ? `/import/${one.id}/start`
        : null,
  };
}

export type ImportJobView = ReturnType<typeof importJobView>;

/** What is imported is indexed afterwards: 20 MB take a minute or two. */
function searchText(job: Job, unindexed: number | undefined, { t, language }: Reader): string | null {
  if (job.status === 'queued' || job.status === 'running') return t('conversation_import.searchable_later');
  if (unindexed === undefined) return null;
  const share = new Intl.NumberFormat(language, { style: 'percent' }).format(unindexed);
  return t('conversation_import.not_searchable_yet', { share });
}

/** What was found or taken, one sentence for each kind. */
function linesOf(
  { counts, added, updated, unchanged }: ImportReport,
  isLook: boolean,
  t: Translate,
): string[] {
  const line = (name: string, count: number, more: object = {}) =>
    t(`conversation_import.lines.${name}`, { count, ...more });
  const all = counts.images + counts.missingImages;
  return [
    line('conversations', counts.conversations),
    ...(counts.branched > 0 ? [line('branched', counts.branched)] : []),
    line(isLook ? 'would_add' : 'added', added),
    ...(updated > 0 ? [line('updated', updated)] : []),
    ...(unchanged > 0 ? [line('unchanged', unchanged)] : []),
    line('messages', counts.messages),
    ...(counts.hidden > 0 ? [line('hidden', counts.hidden)] : []),
    ...(all > 0 ? [line('images', all, { missing: counts.missingImages })] : []),
    ...(counts.attachments > 0 ? [line('attachments', counts.attachments)] : []),
  ];
}

/** What was left out, by its reason, the most frequent first. */
function groupsOf({ skipped, reasons }: ImportReport, t: Translate) {
  return Object.entries(reasons)
    .sort(([, one], [, other]) => other - one)
    .map(([why, count]) => {
      const names = skipped.filter((one) => one.why === why).map(({ what }) => what);
      const more = count - names.length;
      return {
        text: `${t(`conversation_import.why.${why}`)} (${count})`,
        names,
        more: more > 0 ? t('conversation_import.and_more', { count: more }) : null,
      };
    });
}
