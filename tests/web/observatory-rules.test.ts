import { expect, it } from 'vitest';
import { gradeAnswer } from './observatory-rules.ts';

it('the rules find what they are there to find', () => {
  const bad = gradeAnswer(
    {
      headers: {
        'content-security-policy': "default-src 'self'; script-src 'unsafe-inline' http://cdn.test",
        'set-cookie': ['id=1'],
        'access-control-allow-origin': '*',
        'referrer-policy': 'unsafe-url',
      },
      text: '<script src="https://cdn.test/x.js"></script>',
    },
    { https: true },
  );
  expect(bad.score).toBe(0);
  expect(bad.findings.filter(({ points }) => points < 0).map(({ rule }) => rule.split(' ')[0])).toEqual([
    ...[
      'csp-unsafe-active',
      'csp-insecure-scheme',
      'cookie-not-secure',
      'cookie-not-httponly',
      'cookie-no-samesite',
    ],
    ...[
      'cookie-no-prefix',
      'cors-open',
      'referrer-unsafe',
      'hsts-not-implemented',
      'sri-missing',
      'nosniff-missing',
      'framing',
    ],
  ]);
  expect(gradeAnswer({ headers: {}, text: '' }, { https: true }).score).toBeLessThan(50);
});
