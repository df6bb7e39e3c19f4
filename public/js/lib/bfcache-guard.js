/**
 * A signed-in page restored from the back-forward cache stays covered until the server confirms the session: after
 * signing out, going back shows nothing.
 */
export function coverWhenReturning() {
  if (!document.body.classList.contains('signed-in')) return;
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    document.body.classList.add('is-covered');
    void uncover();
  });
  for (const event of ['online', 'focus']) addEventListener(event, () => void uncover());
}

/** For the person that the page was rendered for. While the server cannot be asked, it stays covered. */
async function uncover() {
  if (!document.body.classList.contains('is-covered')) return;
  // Follows nothing: the answer only says whether this is still the one who is signed in.
  const query = new URLSearchParams({ user: document.body.dataset.user ?? '', job: '0' });
  const answer = await fetch(`/events?${query}`, { method: 'HEAD' }).catch(() => undefined);
  if (answer?.ok) document.body.classList.remove('is-covered');
  else if (answer?.status === 401) location.reload();
}
