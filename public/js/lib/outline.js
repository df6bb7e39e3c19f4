/** After this pause a number that was typed is complete. */
const pauseMs = 700;

/** So long `g` waits for its number. */
const patienceMs = 3000;

/** @param {Element} link */
const messageOf = (link) => document.getElementById(link.getAttribute('href')?.split('#')[1] ?? '');

/**
 * The list of one's questions beside the conversation: shows where one is, takes up what is asked meanwhile, and leads
 * to a question by its number.
 * @returns {{ go(key: string): boolean, find(): boolean }} `go` takes the keys after `g`, and says whether it could use one;
 *   `find` leads into the box that finds something in the conversation
 */
export function openOutline() {
  const nav = document.getElementById('outline');
  const messages = document.getElementById('messages');
  if (!nav || !messages) return { go: () => false, find: () => false };
  const links = () => [...nav.querySelectorAll('ol ol a')];

  watchPlace(messages, (id) => {
    const current = links().find((link) => link.getAttribute('href')?.endsWith(`#${id}`));
    for (const link of nav.querySelectorAll('[aria-current]')) link.removeAttribute('aria-current');
    current?.setAttribute('aria-current', 'true');
    keepInSight(nav, current);
  });
  nav.addEventListener('toggle', () => keepInSight(nav, nav.querySelector('[aria-current]')));
  new MutationObserver(() => addMissing(nav, messages)).observe(messages, { childList: true });

  nav.addEventListener('click', (event) => {
    const link = event.target instanceof Element && event.target.closest('ol ol a');
    if (!link) return;
    if (nav.matches(':popover-open')) nav.hidePopover();
    const message = messageOf(link);
    if (!message) return;
    // Also what was fetched since the page came is there: no other page is needed.
    event.preventDefault();
    show(message);
  });

  return { go: createNumberKeys(links), find: () => focusBox(nav) };
}

/** @param {HTMLElement} nav */
function focusBox(nav) {
  const box = nav.querySelector('input');
  if (!box) return false;
  if (!box.checkVisibility()) nav.showPopover();
  box.focus();
  box.select();
  return true;
}

/** @param {HTMLElement} message */
function show(message) {
  history.replaceState(history.state, '', `#${message.id}`);
  message.scrollIntoView({ block: 'start' });
  message.tabIndex = -1;
  message.focus({ preventScroll: true });
}

/** Tells which question the reader has come to. @param {Element} list @param {(id: string) => void} tell */
function watchPlace(list, tell) {
  let isAsked = false;
  let current = '';
  const look = () => {
    isAsked = false;
    const line = innerHeight / 3;
    const questions = [...list.querySelectorAll(':scope > .user')];
    const passed = questions.findLast((one) => one.getBoundingClientRect().top <= line) ?? questions[0];
    if (passed && passed.id !== current) tell((current = passed.id));
  };
  const watcher = new IntersectionObserver(
    () => {
      if (!isAsked) requestAnimationFrame(look);
      isAsked = true;
    },
    { rootMargin: '0px 0px -66% 0px' },
  );
  const watch = () => {
    watcher.disconnect();
    for (const one of list.children) watcher.observe(one);
  };
  new MutationObserver(watch).observe(list, { childList: true });
  watch();
}

/** Scrolls the list alone, never the page. @param {Element} nav @param {Element | null | undefined} link */
function keepInSight(nav, link) {
  if (!link || nav.matches(':hover')) return;
  const [box, place] = [nav.getBoundingClientRect(), link.getBoundingClientRect()];
  if (place.top < box.top + 40 || place.bottom > box.bottom - 40)
    nav.scrollTop += place.top - box.top - box.height / 2;
}

/** Questions that were asked since the page came go to the end of the list. @param {Element} nav @param {Element} list */
function addMissing(nav, list) {
  const last = [...nav.querySelectorAll('ol ol')].at(-1);
  const known = last?.querySelector('li:last-child a');
  const place = known && messageOf(known);
  if (!last || !place) return;
  for (const question of list.querySelectorAll(':scope > .user[id]')) {
    const isAfter = place.compareDocumentPosition(question) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (!isAfter || nav.querySelector(`a[href$="#${question.id}"]`)) continue;
    const link = document.createElement('a');
    link.href = `#${question.id}`;
    link.textContent = question.querySelector('.bubble')?.textContent?.trim().slice(0, 64) ?? '';
    last.appendChild(document.createElement('li')).append(link);
  }
}

/** @param {() => Element[]} links @returns {(key: string) => boolean} */
function createNumberKeys(links) {
  let digits = '';
  let isOpen = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let clock;
  const finish = () => {
    clearTimeout(clock);
    const link = links()[Number(digits) - 1];
    [digits, isOpen] = ['', false];
    if (link instanceof HTMLElement) link.click();
  };
  return (key) => {
    clearTimeout(clock);
    if (key === 'g') {
      [digits, isOpen] = ['', true];
      clock = setTimeout(finish, patienceMs);
      return true;
    }
    if (!isOpen) return false;
    if (key === 'Enter' && digits) finish();
    else if (/^\d$/.test(key)) {
      digits += key;
      // Nothing longer is there to be meant.
      if (Number(digits) * 10 > links().length) finish();
      else clock = setTimeout(finish, pauseMs);
    } else isOpen = false;
    return isOpen || /^\d$|^Enter$/.test(key);
  };
}
