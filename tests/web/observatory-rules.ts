import type { IncomingHttpHeaders } from 'node:http';

/**
 * The scoring rules of Mozilla's HTTP Observatory as its documentation gives them
 * (developer.mozilla.org/en-US/observatory/docs/tests_and_scoring, and httpobs/docs/scoring.md of mozilla/http-observatory,
 * 2024-02-27), in our own words. A site begins with 100 points; each finding takes or adds some; what adds counts only
 * when 90 or more are left without it. 100 and more is A+. Stricter here: any answer that opens itself to other origins,
 * and any cookie without `__Host-` on https, counts against it.
 *
 * | what | finding | points |
 * | CSP | none at all / not parseable | -25 / -25 |
 * | CSP | script sources: 'unsafe-inline', data:, or as wide as https: or * ; object likewise | -20 |
 * | CSP | 'unsafe-eval' | -10 |
 * | CSP | http: sources for active content | -20, passive only -10 |
 * | CSP | 'unsafe-inline' for styles only | 0 |
 * | CSP | none of the above | +5; with default-src 'none' too +10 |
 * | cookies | session cookie without Secure (and no HSTS) / without HttpOnly | -40 / -30 |
 * | cookies | any cookie without Secure | -20; Secure missing but HSTS there | -5 / -10 |
 * | cookies | SameSite missing on an anti-forgery cookie / invalid | -20 |
 * | cookies | all Secure, HttpOnly, SameSite | +5 |
 * | CORS | any origin, by * with private content or by an echo with credentials | -50 |
 * | redirection | http answers without going to https | -20; to another host first | -5 |
 * | Referrer-Policy | unsafe-url, origin, origin-when-cross-origin, no-referrer-when-downgrade | -5 |
 * | Referrer-Policy | no-referrer, same-origin, strict-origin, strict-origin-when-cross-origin | +5 |
 * | HSTS | none on https | -20; less than six months | -10 |
 * | SRI | foreign script without integrity over http / https | -50 / -5 |
 * | X-Content-Type-Options | not nosniff | -5 |
 * | X-Frame-Options | none, and no frame-ancestors | -20; by frame-ancestors | +5 |
 * | CORP | cross-origin | 0; same-origin or same-site | +10 |
 *
 * Redirection and the certificate belong to whoever ends TLS in front of Salon: for an https BASE_URL they are taken as
 * given, and for direct http, where the Observatory does not look, the rules about https do not count.
 */
export type Answer = { headers: IncomingHttpHeaders; text: string };
export type Finding = { rule: string; points: number };

const SIX_MONTHS_SECONDS = 15_768_000;
const BONUS_FROM = 90;

/** Points and findings of one answer. `https`: as behind a TLS proxy. */
export function gradeAnswer(
  answer: Answer,
  { https }: { https: boolean },
): { score: number; findings: Finding[] } {
  const findings = [
    ...policyFindings(answer),
    ...cookieFindings(answer, https),
    ...corsFindings(answer),
    ...referrerFindings(answer),
    ...(https ? hstsFindings(answer) : []),
    ...integrityFindings(answer),
    ...plainFindings(answer),
  ];
  const sum = (list: Finding[]) => list.reduce((total, { points }) => total + points, 0);
  const base = 100 + sum(findings.filter(({ points }) => points < 0));
  const bonus = sum(findings.filter(({ points }) => points > 0));
  return { score: Math.max(0, base >= BONUS_FROM ? base + bonus : base), findings };
}

const one = (headers: IncomingHttpHeaders, name: string) => [headers[name] ?? []].flat().join(', ');

export function policyOf(header: string): Map<string, string[]> {
  return new Map(
    header
      .split(';')
      .map((part) => part.trim().split(/\s+/))
      .filter(([name]) => name)
      .map(([name = '', ...sources]): [string, string[]] => [name.toLowerCase(), sources]),
  );
}

function policyFindings({ headers }: Answer): Finding[] {
  const header = one(headers, 'content-security-policy');
  const policy = policyOf(header);
  if (policy.size === 0) return [{ rule: 'csp-not-implemented', points: -25 }];
  const sources = (name: string) => policy.get(name) ?? policy.get('default-src') ?? ['*'];
  const active = [...sources('script-src'), ...sources('object-src')];
  const findings: Finding[] = [];
  if (active.some((source) => ["'unsafe-inline'", 'data:', 'https:', 'http:', '*'].includes(source)))
    findings.push({ rule: 'csp-unsafe-active', points: -20 });
  if ([...policy.values()].flat().includes("'unsafe-eval'"))
    findings.push({ rule: 'csp-unsafe-eval', points: -10 });
  if ([...policy.values()].flat().some((source) => source.startsWith('http:')))
    findings.push({ rule: 'csp-insecure-scheme', points: -10 });
  if (findings.length > 0) return findings;
  const isClosed = policy.get('default-src')?.join(' ') === "'none'";
  return [
    isClosed ? { rule: 'csp-no-unsafe-default-none', points: 10 } : { rule: 'csp-no-unsafe', points: 5 },
  ];
}

function cookieFindings({ headers }: Answer, https: boolean): Finding[] {
  const cookies = headers['set-cookie'] ?? [];
  const findings = cookies.flatMap((cookie): Finding[] => {
    const [, ...attributes] = cookie
      .toLowerCase()
      .split(';')
      .map((part) => part.trim());
    return [
      ...(https && !attributes.includes('secure') ? [{ rule: 'cookie-not-secure', points: -40 }] : []),
      ...(attributes.includes('httponly') ? [] : [{ rule: 'cookie-not-httponly', points: -30 }]),
      ...(attributes.some((name) => /^samesite=(lax|strict)$/.test(name))
        ? []
        : [{ rule: 'cookie-no-samesite', points: -20 }]),
      ...(https && !cookie.startsWith('__Host-') ? [{ rule: 'cookie-no-prefix', points: -5 }] : []),
    ];
  });
  return cookies.length > 0 && findings.length === 0 ? [{ rule: 'cookies-all-good', points: 5 }] : findings;
}

function corsFindings({ headers }: Answer): Finding[] {
  const origin = headers['access-control-allow-origin'];
  return origin === undefined ? [] : [{ rule: 'cors-open', points: -50 }];
}

function referrerFindings({ headers }: Answer): Finding[] {
  const policy = one(headers, 'referrer-policy');
  const isPrivate = [
    'no-referrer',
    'same-origin',
    'strict-origin',
    'strict-origin-when-cross-origin',
  ].includes(policy);
  return [isPrivate ? { rule: 'referrer-private', points: 5 } : { rule: 'referrer-unsafe', points: -5 }];
}

function hstsFindings({ headers }: Answer): Finding[] {
  const [, seconds] = /max-age=(\d+)/.exec(one(headers, 'strict-transport-security')) ?? [];
  if (seconds === undefined) return [{ rule: 'hsts-not-implemented', points: -20 }];
  return Number(seconds) < SIX_MONTHS_SECONDS ? [{ rule: 'hsts-too-short', points: -10 }] : [];
}

function integrityFindings({ text }: Answer): Finding[] {
  const scripts = [...text.matchAll(/<(?:script|link)\b[^>]*\b(?:src|href)="([^"]*)"[^>]*>/g)];
  const foreign = scripts.filter(
    ([tag, address]) => /^(https?:)?\/\//.test(address ?? '') && !/integrity=/.test(tag),
  );
  return foreign.map(([, address]) => ({ rule: `sri-missing ${address ?? ''}`, points: -50 }));
}

function plainFindings({ headers }: Answer): Finding[] {
  const findings: Finding[] = [];
  if (one(headers, 'x-content-type-options') !== 'nosniff')
    findings.push({ rule: 'nosniff-missing', points: -5 });
  const ancestors = policyOf(one(headers, 'content-security-policy')).get('frame-ancestors');
  if (ancestors?.join(' ') === "'none'") findings.push({ rule: 'frame-ancestors', points: 5 });
  else if (!/^(deny|sameorigin)$/i.test(one(headers, 'x-frame-options')))
    findings.push({ rule: 'framing', points: -20 });
  const corp = one(headers, 'cross-origin-resource-policy');
  if (['same-origin', 'same-site'].includes(corp)) findings.push({ rule: 'corp-own', points: 10 });
  return findings;
}
