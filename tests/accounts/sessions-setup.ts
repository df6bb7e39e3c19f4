import { cookieOf } from '../support/raw-http.ts';
import type { Salon } from '../support/salon.ts';

export const password = 'correct horse 1';

/** Signs Ana in at a Salon, and asks as her with a cookie alone. */
export function sessionsOfAna(salon: () => Salon) {
  return {
    signIn: async (headers: Record<string, string> = {}) => {
      const answer = await salon()
        .anonymous()
        .post('/login')
        .set(headers)
        .send({ username: 'Ana', password })
        .expect(200);
      return { cookie: cookieOf(answer.headers), header: String(answer.headers['set-cookie']) };
    },
    me: (cookie: string) => salon().anonymous().get('/conversations').set('cookie', cookie),
  };
}
