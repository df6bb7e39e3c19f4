import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import words from '../../src/web/locales/en.json' with { type: 'json' };
import { inBrowser } from '../support/browser.ts';
import { line, makePdf } from '../attachments/files.ts';
import { expectSoundEverywhere } from './inspect.ts';

inBrowser('files in the composer', {}, (stage) => {
  it('are uploaded when they are chosen, say what will be sent, and go with the message', async () => {
    const { page } = await stage.open({ account: 'Attacher' });
    const dir = await mkdtemp(join(tmpdir(), 'salon-attach-'));
    await writeFile(join(dir, 'report.pdf'), makePdf([line('the lighthouse'), line('the keeper')]));
    await page.setInputFiles('[data-attach-input]', join(dir, 'report.pdf'));
    const row = page.locator('.tray-row[data-attachment]');
    await row.waitFor();
    expect(await row.textContent()).toMatch(/report\.pdf\s+.*2 pages, 11 tokens/s);
    await page.fill('#content', 'What is in it?');
    await page.click('button.send[name=send]');
    await page.waitForURL(/\/conversations\//);
    expect(await page.locator('.message.user .attachment').textContent()).toContain('report.pdf');
    expect(await page.locator('.tray-row').count()).toBe(0);
    await rm(dir, { recursive: true });
  });

  it('say what is wrong with one that cannot be read, and can be removed by keyboard', async () => {
    const { page, tolerate } = await stage.open({ account: 'Refused' });
    tolerate(/422/);
    await page.setInputFiles('[data-attach-input]', [
      { name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) },
      { name: 'good.txt', mimeType: 'text/plain', buffer: Buffer.from('good') },
    ]);
    await page.locator('.tray-row[data-attachment]').waitFor();
    expect(await page.locator('.tray-row').first().textContent()).toContain('This file is empty.');
    await page.locator('.tray-row[data-attachment] [name=detach]').focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.tray-row[data-attachment]').count()).toBe(0);
    expect(page.url()).not.toContain('conversations');
  });

  it('come by paste too, and wait in the tray of a conversation until its message is sent', async () => {
    const { page } = await stage.open({ account: 'Paster' });
    await page.fill('#content', 'Hello.');
    await page.click('button.send[name=send]');
    await page.waitForURL(/\/conversations\//);
    await page.locator('.message.assistant:not(.is-running)').waitFor();
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(['pasted words'], 'pasted.txt', { type: 'text/plain' }));
      const paste = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      document.querySelector('#content')?.dispatchEvent(paste);
    });
    await page.locator('.tray-row[data-attachment]').waitFor();
    await page.fill('#content', 'And this?');
    await page.click('button.send[name=send]');
    await page.locator('.message.user .attachment').waitFor();
    expect(await page.locator('.tray-row').count()).toBe(0);
  });

  it('can be all that is sent, from the start page and in a conversation', async () => {
    const { page } = await stage.open({ account: 'Wordless' });
    const file = { name: 'keeper.txt', mimeType: 'text/plain', buffer: Buffer.from('the keeper') };
    await page.focus('#content');
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).pathname).toBe('/');
    await page.setInputFiles('[data-attach-input]', file);
    await page.locator('.tray-row[data-attachment]').waitFor();
    await page.click('button.send[name=send]');
    await page.waitForURL(/\/conversations\//);
    expect(await page.textContent('h1')).toBe('keeper.txt');
    expect(await page.locator('.bubble').count()).toBe(0);
    await page.locator('.message.assistant:not(.is-running)').waitFor();
    // Sent while it is still on its way: it waits for the file.
    await page.setInputFiles('[data-attach-input]', { ...file, name: 'boat.txt' });
    await page.focus('#content');
    await page.keyboard.press('Enter');
    await page.locator('.message.user .attachment', { hasText: 'boat.txt' }).waitFor();
    expect(await page.locator('.message.user').count()).toBe(2);
    expect(await page.locator('.tray-row').count()).toBe(0);
  });

  it('can be all that is sent without scripts', async () => {
    const { page } = await stage.open({ account: 'Plain', javaScriptEnabled: false });
    const buffer = Buffer.from('the keeper');
    await page.setInputFiles('#file', { name: 'keeper.txt', mimeType: 'text/plain', buffer });
    await page.click('button.send[name=send]');
    await page.waitForURL(/\/conversations\//);
    expect(await page.locator('.message.user .attachment').textContent()).toContain('keeper.txt');
    expect(await page.locator('.bubble').count()).toBe(0);
  });

  const file = (name: string) => ({ name, mimeType: 'text/plain', buffer: Buffer.from(`about ${name}`) });
  const edit = (page: Page) => page.getByRole('link', { name: words.edit.open }).last();
  const inForm = (page: Page, part: string) => page.locator(`article [data-message-form] ${part}`);
  async function askedAbout(page: Page, name: string) {
    await page.setInputFiles('[data-attach-input]', file(name));
    await page.locator('.tray-row[data-attachment]').waitFor();
    await page.fill('#content', 'What is it?');
    await page.click('button.send[name=send]');
    await page.waitForURL(/\/conversations\//);
    await page.locator('.message.assistant:not(.is-running)').waitFor();
  }

  it('are taken away from a question and added to it while it is edited', async () => {
    const { page } = await stage.open({ account: 'Changer' });
    await askedAbout(page, 'keeper.txt');
    await edit(page).click();
    expect(await inForm(page, '.tray-row').innerText()).toContain('keeper.txt');
    await expectSoundEverywhere(page, 'a question that is edited with its file');
    await inForm(page, '[name=detach]').focus();
    await page.keyboard.press('Enter');
    expect(await inForm(page, '.tray-row').count()).toBe(0);
    expect(await inForm(page, 'textarea').evaluate((node) => node === document.activeElement)).toBe(true);
    await inForm(page, '[data-attach-input]').setInputFiles(file('boat.txt'));
    await inForm(page, 'textarea').fill('');
    // Sent at once: it waits for the file.
    await inForm(page, '.primary').click();
    await page.locator('.branch-count').first().waitFor();
    expect(await page.locator('.message.user .attachment-name').allInnerTexts()).toEqual(['boat.txt']);
    await page.getByRole('link', { name: words.chat.previous_version }).first().click();
    await page.locator('.message.user .attachment-name', { hasText: 'keeper.txt' }).waitFor();
  });

  it('are dropped into the form of a question that is open, else into the composer', async () => {
    const { page } = await stage.open({ account: 'Dropper' });
    await askedAbout(page, 'keeper.txt');
    const drop = (name: string) =>
      page.evaluate((called) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['dropped'], called, { type: 'text/plain' }));
        const event = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true });
        document.querySelector('#messages')?.dispatchEvent(event);
      }, name);
    await drop('first.txt');
    await page.locator('#composer .tray-row[data-attachment]', { hasText: 'first.txt' }).waitFor();
    await edit(page).click();
    await drop('second.txt');
    await inForm(page, '.tray-row[data-attachment]:has-text("second.txt")').waitFor();
    expect(await page.locator('#composer .tray-row').count()).toBe(1);
  });

  it('are changed in the form of a question without scripts', async () => {
    const { page } = await stage.open({ account: 'Plain changer', javaScriptEnabled: false });
    await page.setInputFiles('#file', file('keeper.txt'));
    await page.fill('#content', 'What is it?');
    await page.click('button.send[name=send]');
    await page.waitForURL(/\/conversations\//);
    await edit(page).click();
    await inForm(page, '[name=detach]').click();
    expect(await inForm(page, '.tray-row').count()).toBe(0);
    await inForm(page, '#edit-file').setInputFiles(file('boat.txt'));
    await inForm(page, '[name=attach]').click();
    expect(await inForm(page, '.tray-row').innerText()).toContain('boat.txt');
    await inForm(page, '.primary').click();
    await page.locator('.message.user .attachment-name', { hasText: 'boat.txt' }).waitFor();
    expect(await page.locator('.message.user .attachment').count()).toBe(1);
  });

  it('are made of a text that is too long to send, which stays until all of it is attached', async () => {
    const { page, tolerate } = await stage.open({ account: 'Long paster', locale: 'de-DE' });
    // Its draft is too long to be saved.
    tolerate(/413|422/);
    const line = `${'wörter '.repeat(14)}\n`;
    const text = line.repeat(12_000);
    await page.locator('#content').evaluate((field: HTMLTextAreaElement, pasted) => {
      field.value = pasted;
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.focus();
    }, text);
    await page.keyboard.press('Enter');
    await page.locator('#composer').getByText('1.188.000 Zeichen, 988.000 zu viel').waitFor();
    expect(new URL(page.url()).pathname).toBe('/');
    await expectSoundEverywhere(page, 'a message that is too long');
    await page.getByRole('button', { name: 'Als 2 Textdateien anhängen' }).click();
    await page.locator('.tray-row[data-attachment]').nth(1).waitFor();
    expect(await page.locator('.tray-row .attachment-name').allInnerTexts()).toEqual(
      [1, 2].map((number) => `Eingefügter Text ${number}.txt`),
    );
    await expect.poll(() => page.inputValue('#content')).toBe('');
    expect(await page.locator('[data-too-long]').isVisible()).toBe(false);
    const urls = await page
      .locator('.tray-row a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
    const parts = await page.evaluate(
      (paths) => Promise.all(paths.map(async (path) => (await fetch(path)).text())),
      urls,
    );
    expect(parts.join('') === text).toBe(true);
  });
});
