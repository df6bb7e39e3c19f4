/** How near the end counts as being there, in pixels. */
const nearPixels = 48;

/** How far from the end the button appears: nearer, the end is in sight anyway. */
const farPixels = 240;

/**
 * Keeps the page at its end while the reader is there, and offers the way back otherwise.
 * @returns {{ jump(): void }}
 */
export function followEnd() {
  const messages = document.getElementById('messages');
  const button = document.getElementById('jump');
  if (!messages || !button) return { jump() {} };

  const root = document.documentElement;
  const distance = () => root.scrollHeight - root.clientHeight - scrollY;
  let isFollowing = distance() <= nearPixels;
  let lastY = scrollY;

  function look() {
    const left = distance();
    if (scrollY < lastY && left > 2) isFollowing = false;
    else if (left <= nearPixels) isFollowing = true;
    lastY = scrollY;
    button?.toggleAttribute('hidden', isFollowing || left < farPixels);
  }

  function jump() {
    isFollowing = true;
    scrollTo({ top: root.scrollHeight, behavior: 'instant' });
    look();
  }

  const grown = new ResizeObserver(() => (isFollowing ? jump() : look()));
  // The composer grows with its text and its errors, and must not cover the end either.
  for (const part of [messages, button.parentElement ?? messages]) grown.observe(part);
  addEventListener('scroll', look, { passive: true });
  addEventListener('resize', () => {
    // A scroll of the same moment is told after it.
    look();
    if (isFollowing) jump();
  });
  button.addEventListener('click', (event) => {
    event.preventDefault();
    // The button goes, and takes no focus with it.
    if (document.activeElement === button) document.getElementById('main')?.focus({ preventScroll: true });
    jump();
  });

  const [arrival] = performance.getEntriesByType('navigation');
  if (!location.hash && arrival instanceof PerformanceNavigationTiming && arrival.type === 'navigate') jump();
  return { jump };
}
