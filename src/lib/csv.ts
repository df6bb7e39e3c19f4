/** A spreadsheet would take a cell that begins so for a formula. */
const formulaStart = /^[=+\-@\t\r]/;

/** One line of a CSV file (RFC 4180, with CRLF). A text that a spreadsheet could run gets an apostrophe in front. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`;
}

function cellOf(value: string | number | null): string {
  const raw = String(value ?? '');
  const text = typeof value === 'string' && formulaStart.test(raw) ? `'${raw}` : raw;
  return /[",\r\n\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
