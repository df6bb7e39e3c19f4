/**
 * Shows another text than the one in the field, which one may use or discard.
 * @param {HTMLElement} place @param {HTMLTextAreaElement} field
 * @param {{ onSeen(version: number): void }} page told of the version that the next save may replace
 */
export function showOther(place, field, { onSeen }) {
  const line = place.querySelector('[data-draft-line]');
  const region = place.querySelector('[data-draft-other]');
  const choice = place.querySelector('template[data-draft-choice]');
  let isUndecided = region?.querySelector('blockquote') !== null;

  /** @param {string} heading @param {string} content @param {number} version */
  function draw(heading, content, version) {
    const title = document.createElement('p');
    title.textContent = heading;
    const quote = document.createElement('blockquote');
    quote.dir = 'auto';
    quote.tabIndex = 0;
    quote.dataset.version = String(version);
    quote.textContent = content;
    region?.replaceChildren(title, quote);
    addChoice();
  }

  function addChoice() {
    if (choice instanceof HTMLTemplateElement) region?.append(choice.content.cloneNode(true));
  }

  function close() {
    isUndecided = false;
    region?.replaceChildren();
    field.focus();
  }

  /** The two texts change places: nothing is lost by it. @param {HTMLQuoteElement} quote */
  function use(quote) {
    const own = field.value;
    const version = Number(quote.dataset.version);
    field.value = quote.textContent ?? '';
    close();
    onSeen(version);
    if (own.trim()) draw(place.dataset.own ?? '', own, version);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }

  region?.addEventListener('click', ({ target }) => {
    const button = target instanceof Element ? target.closest('button') : null;
    const quote = region.querySelector('blockquote');
    if (!button || !quote) return;
    if (button.value === 'use') return use(quote);
    close();
    onSeen(Number(quote.dataset.version));
  });
  if (isUndecided) addChoice();

  return {
    /** Whether a choice is asked for; until then nothing may be replaced. */
    isUndecided: () => isUndecided,
    /** @param {string} content @param {number} version @param {string} [savedAt] ISO 8601; left out: kept in this tab */
    show(content, version, savedAt) {
      isUndecided = true;
      const heading = savedAt ? sentence(place.dataset.other, savedAt) : place.dataset.own;
      draw(heading ?? '', content, version);
    },
    /** @param {string} [savedAt] ISO 8601; left out: nothing is stored */
    showSaved(savedAt) {
      if (!(line instanceof HTMLElement)) return;
      line.hidden = savedAt === undefined;
      line.textContent = sentence(place.dataset.savedAt, savedAt);
    },
  };
}

/** @param {string | undefined} words @param {string | undefined} iso */
function sentence(words, iso) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    dateStyle: 'medium',
    timeStyle: 'short',
  });
  return iso && words ? words.replace('{date}', format.format(new Date(iso))) : '';
}
