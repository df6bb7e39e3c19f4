import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSalon, type Salon } from '../support/salon.ts';

let salon: Salon;
beforeAll(async () => {
  salon = await startSalon();
});
afterAll(() => salon.close());

it('makes the first account the admin and later ones users', async () => {
  const first = await salon.anonymous().post('/register').send({ username: 'First', password: 'long enough 1' });
  const second = await salon.anonymous().post('/register').send({ username: 'Second', password: 'long enough 2' });
  expect(first.body.user).toMatchObject({ username: 'First', role: 'admin' });
  expect(second.body.user).toMatchObject({ username: 'Second', role: 'user' });
});
