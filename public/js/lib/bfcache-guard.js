/**
 * A page of somebody that comes back from the back-forward cache stays covered until the server still knows them: after
 * signing out there is nothing to read for who goes back.
 */
export function coverWhenReturning() {
  if (!document.body.classList.contains('signed-in')) return;
  addEventListener('pageshow', async (event) => {
    if (!event.persisted) return;
    document.body.classList.add('is-covered');
    const answer = await fetch('/settings', { headers: { accept: 'application/json' } }).catch(
      () => undefined,
    );
    if (answer?.status === 401) location.reload();
    else document.body.classList.remove('is-covered');
  });
}
