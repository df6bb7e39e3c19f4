import { afterAll, beforeAll, expect, it } from 'vitest';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { startSalon, type Agent, type Salon } from '../support/salon.ts';

let salon: Salon;
let server: ModelServer;
let ana: Agent;
beforeAll(async () => {
  server = await startModelServer();
  salon = await startSalon({ OPENAI_BASE_URL: server.baseUrl, OPENAI_API_KEY: 'test-key' });
  ana = await salon.signUp('Ana');
});
afterAll(async () => {
  await salon.close();
  await server.close();
});

it('speaks the first language of the browser that it knows', async () => {
  const languages: [string | undefined, string][] = [
    ['de-DE,de;q=0.9,en;q=0.8', 'de'],
    ['de-AT', 'de'],
    ['fr,de;q=0.5,en;q=0.3', 'de'],
    ['en,de;q=0.9', 'en'],
    ['fr-FR,fr', 'en'],
    ['*', 'en'],
    ['x'.repeat(5000), 'en'],
    [undefined, 'en'],
  ];
  for (const [accepted, language] of languages) {
    const request = salon.anonymous().get('/login');
    if (accepted !== undefined) void request.set('accept-language', accepted);
    const page = await request.expect(200);
    expect([accepted, page.text.includes(`<html lang="${language}"`)]).toEqual([accepted, true]);
    expect(page.headers['vary']).toContain('Accept-Language');
  }
});

it('says errors in the same language, as page and as JSON', async () => {
  const german = { 'accept-language': 'de' };
  const json = await ana.get('/nowhere').set(german).expect(404);
  const english = await ana.get('/nowhere').expect(404);
  expect(json.body.code).toBe(english.body.code);
  expect(json.body.message).not.toBe(english.body.message);
  const page = await ana
    .get('/nowhere')
    .set({ ...german, accept: 'text/html' })
    .expect(404);
  expect(page.text).toContain(json.body.message as string);
  const wrong = await salon
    .anonymous()
    .post('/register')
    .set(german)
    .send({ username: '', password: 'x' })
    .expect(422);
  expect(wrong.body.errors[0].message).toBe('Bitte füll das aus.');
});

it('shows every page in German without a word left out', async () => {
  const german = salon.visitor();
  await german.post('/register').send({ username: 'Deutsch', password: 'correct horse 1' }).expect(200);
  await german.patch('/settings').send({ language: 'de' }).expect(200);
  await german.post('/generate_code').send({ prompt: 'hallo' }).expect(200);
  await german.post('/generate_image').send({ prompt: 'ein Boot' }).expect(200);
  for (const path of ['/', '/images', '/history', '/settings', '/conversations', '/nowhere']) {
    const { text } = await german.get(path).set({ accept: 'text/html', 'accept-language': 'en' });
    expect(text).toContain('<html lang="de"');
    const words = text.replace(/<[^>]*>/g, ' ');
    // A key that has no words is shown as itself.
    expect([
      path,
      /\b(nav|app|images|chat|history|errors|settings|auth|status|jobs|conversations)\.[a-z_.]+\b/.exec(
        words,
      )?.[0],
    ]).toEqual([path, undefined]);
    expect(text).not.toMatch(/\{\{|undefined|\[object/);
  }
});

it('lets the account decide over the browser', async () => {
  await ana.patch('/settings').send({ language: 'de' }).expect(200);
  const page = await ana.get('/settings').set('accept-language', 'en').expect(200);
  expect(page.text).toContain('<html lang="de"');
  await ana.patch('/settings').send({ language: null }).expect(200);
  const back = await ana.get('/settings').set('accept-language', 'en').expect(200);
  expect(back.text).toContain('<html lang="en"');
});
