import { hkdfSync } from 'node:crypto';

/** A quarter of an hour (contract); what it opens is looked up on each request all the same. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;
/** Ours have about 300 characters: nothing longer is worth a signature check. */
const MAX_CHARACTERS = 2000;
const ALGORITHM = 'HS256';
const ISSUER = 'salon';
const AUDIENCE = 'salon api';

export type AccessClaims = { userId: string; familyId: string };

/**
 * Signs and checks access tokens with a key of their own, derived from the session secret, so that neither kind of
 * signature is ever taken for the other. `jose` is loaded with the first token: most Salons never see one.
 */
export function createAccessTokens({ secret, now }: { secret: string; now: () => number }) {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'salon access token 1', 32));
  const seconds = () => Math.floor(now() / 1000);
  return {
    async sign({ userId, familyId }: AccessClaims): Promise<string> {
      const { SignJWT } = await import('jose');
      return new SignJWT({ sid: familyId })
        .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
        .setSubject(userId)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt(seconds())
        .setExpirationTime(seconds() + ACCESS_TOKEN_SECONDS)
        .sign(key);
    },
    /** @returns undefined for anything that is not a token of ours that is still good */
    async read(token: string): Promise<AccessClaims | undefined> {
      if (token.length > MAX_CHARACTERS) return undefined;
      const { jwtVerify, errors } = await import('jose');
      const checks = {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        requiredClaims: ['sub', 'sid', 'iat', 'exp'],
        currentDate: new Date(now()),
      };
      try {
        const { payload } = await jwtVerify(token, key, checks);
        const { sub, sid } = payload;
        return typeof sub === 'string' && typeof sid === 'string'
          ? { userId: sub, familyId: sid }
          : undefined;
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}
