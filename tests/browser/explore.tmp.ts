import { launch, shoot } from '/tmp/look/lib.ts';
import { startModelServer } from '../support/model-server.ts';
import { spawnSalon } from '../support/process.ts';
import { signUp } from '../support/browser-page.ts';
import { say, ask, personOf, finished, running } from './scenes.ts';
const models = await startModelServer(); models.script(say);
const salon = await spawnSalon({ env: { OPENAI_BASE_URL: models.baseUrl, OPENAI_API_KEY: 'k', OPENAI_MAX_RETRIES: '0', OPENAI_TIMEOUT: '40' } });
const browser = await launch();
const ctx = await browser.newContext({ locale: 'en-US', timezoneId: 'Europe/Berlin' });
const page = await ctx.newPage();
const only = process.argv.slice(2);
const want = (n: string) => only.length === 0 || only.includes(n);
page.on('console', (m: any) => console.log('console', m.type(), m.text()));
page.on('pageerror', (e: any) => console.log('pageerror', e.message));
try {
await signUp(page as any, salon.url, 'Ana');
const go = (p: string) => page.goto(salon.url + p);
if (want('empty')) for (const [n, p] of [['start','/'],['conversations','/conversations'],['images','/images'],['history','/history']]) { await go(p!); await shoot(page, `empty-${n}`); }
if (want('wait')) {
  await go('/'); await ask(page as any, 'Hello [[ttft=60000]]'); await shoot(page, 'wait-first');
  await page.waitForTimeout(10_000); await shoot(page, 'wait-slow');
  await page.keyboard.press('Escape'); await page.waitForSelector(finished); await shoot(page, 'stopped-empty');
  await go('/'); await ask(page as any, 'Stall please [[n=40 stall=20]]'); await page.waitForTimeout(12_500); await shoot(page, 'stalled');
  await ctx.setOffline(true); await page.waitForTimeout(1500); await shoot(page, 'offline');
  await page.fill('#content', 'While offline'); await page.keyboard.press('Enter'); await page.waitForTimeout(500); await page.click('[data-stop-running]'); await page.waitForTimeout(500); await shoot(page, 'offline-send');
  await ctx.setOffline(false); await page.waitForTimeout(2500); await shoot(page, 'back-online');
  await page.keyboard.press('Escape'); await page.waitForSelector(finished); await shoot(page, 'stopped');
}
if (want('fail')) for (const [n, q] of Object.entries({ e500: 'err=500', e401: 'err=401', credit: 'err=429 code=insufficient_quota', length: 'finish=length n=30', filter: 'finish=content_filter n=30', none: 'n=0', cut: 'n=40 cut=20', refusal: 'refusal', html: 'html', toolong: 'err=400 code=context_length_exceeded'})) {
  await go('/'); await ask(page as any, `A question that fails in a way [[${q}]]`); await page.waitForSelector(finished); await shoot(page, `fail-${n}`);
}
if (want('long')) for (const n of ['unbroken','long','table','code','mixed','bidi']) {
  await go('/'); await ask(page as any, `Show it [[text=${n} piece=200]]`); await page.waitForSelector(finished, { timeout: 60000 }); await page.evaluate(() => scrollTo(0,0)); await shoot(page, `long-${n}`);
}
if (want('question')) { await go('/'); await ask(page as any, 'y'.repeat(20000)); await page.waitForSelector(finished); await page.evaluate(() => scrollTo(0,0)); await shoot(page, 'long-question'); await go('/history'); await shoot(page, 'long-history'); await go('/conversations'); await shoot(page,'long-conversations'); await page.click('[popovertarget=conversation-rename]').catch(()=>0); }
if (want('many')) {
  const p = await personOf(page as any, salon.url);
  const c = await p.begin({ content: 'The first question of many [[n=30]]', title: 'A long conversation' });
  for (let i = 1; i < 100; i++) { const {reply} = await p.ask(c.id, `Question number ${i} [[n=30]]`); await p.ended(c.id, reply.id); }
  for (let i = 0; i < 6; i++) await p.call('POST','/images',{ prompt: `Pictures of a lighthouse, number ${i}`, n: 10, model: 'gpt-image-1', size: i % 2 ? '1536x1024' : '1024x1536' });
  for (let i = 0; i < 70; i++) { await p.begin({ content: `Another short question ${i} [[n=3]]` }); }
  await page.waitForTimeout(6000);
  await go(`/conversations/${c.id}`); await shoot(page,'many-end'); await page.evaluate(() => scrollTo(0,0)); await shoot(page, 'many-top'); await page.evaluate(() => scrollTo(0,2000)); await shoot(page, 'many-middle');
  await go('/images'); await shoot(page, 'many-images'); await page.evaluate(() => scrollTo(0,1e6)); await shoot(page, 'many-images-end'); await go('/images?page=2'); await page.evaluate(() => scrollTo(0,1e6)); await shoot(page, 'many-images-2'); await go('/history'); await shoot(page,'many-history'); await page.evaluate(() => scrollTo(0,1e6)); await shoot(page, 'many-history-end'); await go('/conversations'); await shoot(page,'many-conversations');
  await page.setViewportSize({width:360,height:740}); await go('/images'); await page.click('.menu-button'); await page.screenshot({path:'/tmp/look/drawer.png'});
}
if (want('panels')) {
  await go('/'); await ask(page as any, 'A question about panels'); await page.waitForSelector(finished);
  for (const id of ['conversation-rename','conversation-settings']) await shoot(page, id, async (p: any) => { if (!(await p.locator(`#${id}:popover-open`).count())) await p.click(`[popovertarget=${id}]`); });
  await page.keyboard.press('Escape'); await page.evaluate(() => (document.activeElement as any)?.blur()); await page.keyboard.press('?'); await shoot(page, 'shortcuts'); await page.keyboard.press('Escape');
  await page.click('.about summary'); await shoot(page, 'about');
  await page.click('form[action$="/regenerate"] button'); await page.waitForSelector(finished); await page.waitForTimeout(300); await shoot(page, 'branches');
  await page.setViewportSize({width:360,height:740}); await page.click('.menu-button'); await page.screenshot({path:'/tmp/look/drawer-few.png'}); await page.keyboard.press('Escape');
  await page.setViewportSize({width:1280,height:740});
  await page.fill('#content', 'A long draft.\n'.repeat(60)); await shoot(page, 'draft');
  await page.click('form[action$="/delete"] button'); await shoot(page, 'deleted');
}
if (want('pictures')) {
  const make = async (prompt: string, n = 1) => { await go('/images'); await page.fill('#prompt', prompt); if (n > 1) await page.fill('[name=n]', String(n)); await page.click('#image-form button.primary'); await page.waitForURL(/\/images/); };
  await make('A quiet bay [[ms=30000]]', 3); await page.waitForTimeout(600); await shoot(page, 'pic-running');
  await page.click('form[action$="/cancel"] button'); await page.waitForTimeout(800); await shoot(page, 'pic-cancelled');
  await make('Half of them fail [[half]]', 4); await page.waitForTimeout(2000); await shoot(page, 'pic-half'); 
  await make('Refused [[err=400 code=moderation_blocked]]'); await page.waitForTimeout(1500); await shoot(page, 'pic-failed');
  await make('No credit [[err=429 code=insufficient_quota]]', 2); await page.waitForTimeout(1500); await shoot(page, 'pic-credit');
  await page.locator('a.tile.is-failed').first().click({timeout:3000}).catch(() => console.log('no failed tile')); await shoot(page, 'pic-failed-show');
  await go('/'); await page.fill('#content', 'A boat [[ms=20000]]'); await page.click('[name=picture]'); await page.waitForURL(/conversations/); await page.waitForTimeout(500); await shoot(page, 'pic-chat-running'); await page.click('form[action$="/cancel"] button'); await page.waitForTimeout(800); await shoot(page, 'pic-chat-cancelled');
  await page.fill('#content', 'Another [[err=500]]'); await page.click('[name=picture]'); await page.waitForTimeout(1500); await shoot(page, 'pic-chat-failed');
  await page.fill('#content', 'A fine one'); await page.click('[name=picture]'); await page.waitForTimeout(2500); await shoot(page, 'pic-chat-done');
  await go('/images'); await page.evaluate(() => (document.querySelector('#prompt') as any).removeAttribute('required')); await page.click('#image-form button.primary'); await shoot(page, 'pic-invalid');
  await go('/history'); await shoot(page, 'pic-history');
}
} catch (e) { console.log(String(e).slice(0, 1500)); await page.screenshot({ path: '/tmp/look/crash.png' }); }
await browser.close(); await salon.remove(); await models.close();
