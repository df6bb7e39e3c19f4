/**
 * Shows the new title of the conversation of this page wherever it stands: above it, beside it, in its form and in the tab.
 * @param {string} id
 * @param {string} title
 */
export function showTitle(id, title) {
  const heading = document.querySelector('.page-header h1');
  if (heading) heading.textContent = title;
  for (const link of document.querySelectorAll(`.sidebar a[href="/conversations/${CSS.escape(id)}"]`)) {
    const text = link.querySelector('[dir]') ?? link;
    text.textContent = title;
  }
  const input = document.getElementById('title');
  // What somebody is typing at the moment stays.
  if (input instanceof HTMLInputElement && input !== document.activeElement) input.value = title;
  document.title = `${title} · Salon`;
}
