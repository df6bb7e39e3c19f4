/**
 * Fills the tray of a form for a question with the files that the question has.
 * @param {Element} article of the question @param {HTMLFormElement} form
 */
export function copyFiles(article, form) {
  const rows = form.querySelector('.tray-rows');
  const template = document.getElementById('attached-file');
  if (!rows || !(template instanceof HTMLTemplateElement)) return;
  /** @type {Record<string, string>} */
  const words = JSON.parse(form.querySelector('[data-tray]')?.getAttribute('data-words') ?? '{}');
  for (const file of article.querySelectorAll(':scope > .attachments [data-file]')) {
    const row = template.content.firstElementChild?.cloneNode(true);
    if (row instanceof HTMLElement && file instanceof HTMLElement) rows.append(filled(row, file, words));
  }
}

/** @param {HTMLElement} row @param {HTMLElement} file @param {Record<string, string>} words */
function filled(row, file, words) {
  const { file: id = '', note = '' } = file.dataset;
  const image = file.querySelector('img');
  const name = image?.alt ?? file.querySelector('.attachment-name')?.textContent ?? '';
  row.dataset.attachment = id;
  row.querySelector('[name=attachments]')?.setAttribute('value', id);
  row.querySelector('.attachment-note')?.replaceChildren(note);
  const link = row.querySelector('a');
  link?.replaceChildren(name);
  link?.setAttribute('href', file.querySelector('a')?.getAttribute('href') ?? '');
  const button = row.querySelector('[name=detach]');
  button?.setAttribute('value', id);
  button?.setAttribute(
    'aria-label',
    (words.remove_one ?? '').replace('{name}', () => name),
  );
  if (image) row.querySelector('.icon')?.replaceWith(thumbOf(image.src));
  return row;
}

/** @param {string} src */
function thumbOf(src) {
  const thumb = document.createElement('img');
  Object.assign(thumb, { src, alt: '', width: 40, height: 40 });
  return thumb;
}
