const key = 'salon:sidebar-scroll';

/** The list of conversations stays where it was scrolled to when another page opens, and shows where one is. */
export function keepSidebarPlace() {
  const list = document.querySelector('.sidebar-conversations');
  if (!list) return;
  list.scrollTop = Number(sessionStorage.getItem(key) ?? 0);
  const current = list.querySelector('[aria-current]');
  if (current) {
    const [box, place] = [list.getBoundingClientRect(), current.getBoundingClientRect()];
    if (place.top < box.top || place.bottom > box.bottom)
      list.scrollTop += place.top - box.top - box.height / 3;
  }
  addEventListener('pagehide', () => sessionStorage.setItem(key, String(list.scrollTop)));
}
