import { createHmac, timingSafeEqual } from 'node:crypto';

export type Authors = ReturnType<typeof createAuthors>;

/**
 * Names, in a form, whose page it stands on, so that what was typed is still theirs when the session has ended. The name is
 * signed: nobody else can make one. It lets nobody in.
 */
export function createAuthors(secret: string) {
  const signatureOf = (userId: string) =>
    createHmac('sha256', secret).update(`form author:${userId}`).digest('base64url').slice(0, 22);
  return {
    seal: (userId: string) => `${userId}.${signatureOf(userId)}`,
    /** @returns the id of the account, undefined for what is none of ours */
    open(token: string): string | undefined {
      const [userId = '', signature = ''] = token.split('.');
      const expected = Buffer.from(signatureOf(userId));
      const given = Buffer.from(signature);
      return given.length === expected.length && timingSafeEqual(given, expected) ? userId : undefined;
    },
  };
}
