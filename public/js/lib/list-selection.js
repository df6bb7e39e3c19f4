/** Choosing many rows of a list: all of the page by one button, a range with the Shift key. */
export function watchSelection() {
  const rows = document.getElementById('rows');
  const choose = document.querySelector('[data-select-page]');
  if (!rows || !choose) return;
  const boxes = () =>
    [...rows.querySelectorAll('.row-check input')].filter((one) => one instanceof HTMLInputElement);
  /** @type {HTMLInputElement | undefined} */
  let last;

  choose.addEventListener('click', () => {
    const isAll = boxes().every((box) => box.checked);
    for (const box of boxes()) box.checked = !isAll;
  });
  rows.addEventListener('click', (event) => {
    const box = event.target;
    if (!(box instanceof HTMLInputElement) || box.type !== 'checkbox') return;
    if (event.shiftKey && last) {
      const [from, to] = [boxes().indexOf(last), boxes().indexOf(box)].sort((a, b) => a - b);
      for (const one of boxes().slice(from, (to ?? 0) + 1)) one.checked = box.checked;
    }
    last = box;
  });
}
