/** Below this width the list is a sheet at the top of the screen, where no keyboard covers it. */
const NARROW = '(width < 40rem)';
const GAP_PX = 4;
const EDGE_PX = 8;
const WANTED_HEIGHT_PX = 480;

/**
 * Puts the list beside its button, where there is more room; on a phone the style sheet places it, as high as what the
 * keyboard leaves free.
 * @param {HTMLElement} sheet @param {HTMLElement} button
 */
export function placeSheet(sheet, button) {
  sheet.removeAttribute('style');
  if (matchMedia(NARROW).matches) return fitAboveKeyboard(sheet);
  const { left, top, bottom } = button.getBoundingClientRect();
  const [above, below] = [top - GAP_PX - EDGE_PX, innerHeight - bottom - GAP_PX - EDGE_PX];
  const isAbove = below < WANTED_HEIGHT_PX && above > below;
  sheet.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - sheet.offsetWidth - EDGE_PX))}px`;
  sheet.style.maxHeight = `${Math.min(WANTED_HEIGHT_PX, isAbove ? above : below)}px`;
  if (isAbove) sheet.style.bottom = `${innerHeight - top + GAP_PX}px`;
  else sheet.style.top = `${bottom + GAP_PX}px`;
}

/** @param {HTMLElement} sheet */
function fitAboveKeyboard(sheet) {
  const viewport = window.visualViewport;
  if (!viewport) return;
  const fit = () => {
    if (!sheet.matches(':popover-open')) return viewport.removeEventListener('resize', fit);
    sheet.style.setProperty('--visible', `${viewport.height}px`);
  };
  viewport.addEventListener('resize', fit);
  fit();
}
