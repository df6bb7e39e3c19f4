import type { Notice, NoticeReason } from './imported.ts';

/** What an archive holds, or what was taken from it. */
export type ImportCounts = {
  conversations: number;
  /** With messages beside each other that follow the same one. */
  branched: number;
  messages: number;
  /** Kept, but never shown: what tools said, and the like. */
  hidden: number;
  images: number;
  missingImages: number;
  attachments: number;
  /** Parts that stand in their message as a note. */
  unknownParts: number;
};

export type ImportReport = {
  counts: ImportCounts;
  /** Conversations that were new, that got messages or a newer title, and that were here already as they are. */
  added: number;
  updated: number;
  unchanged: number;
  skipped: Notice[];
  /** How often each reason occurred, also beyond what is listed. */
  reasons: Partial<Record<NoticeReason, number>>;
};

/** A report is read by a person: what is beyond this is counted. */
const MAX_LISTED = 1000;
const MAX_NAME = 200;

export type ReportBuilder = ReturnType<typeof createReport>;

/** Counts what an import meets. */
export function createReport() {
  const report: ImportReport = {
    counts: {
      conversations: 0,
      branched: 0,
      messages: 0,
      hidden: 0,
      images: 0,
      missingImages: 0,
      attachments: 0,
      unknownParts: 0,
    },
    added: 0,
    updated: 0,
    unchanged: 0,
    skipped: [],
    reasons: {},
  };
  return {
    report,
    count(name: keyof ImportCounts, by = 1): void {
      report.counts[name] += by;
    },
    outcome(name: 'added' | 'updated' | 'unchanged'): void {
      report[name] += 1;
    },
    note({ what, why }: Notice): void {
      report.reasons[why] = (report.reasons[why] ?? 0) + 1;
      if (why === 'image_missing') report.counts.missingImages += 1;
      if (why === 'unknown_part') report.counts.unknownParts += 1;
      if (report.skipped.length < MAX_LISTED) report.skipped.push({ what: what.slice(0, MAX_NAME), why });
    },
  };
}
