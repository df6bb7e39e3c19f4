/** The search box of the sidebar: its own program is loaded when it is first used. `Ctrl K` and `⌘ K` lead into it. */
export function watchSearchBox() {
  const form = document.querySelector('form[data-search-script]');
  const input = form?.querySelector('input');
  if (!(form instanceof HTMLFormElement) || !input) return;
  const load = async () => {
    const { searchWhileTyping } = await import(form.dataset['searchScript'] ?? '');
    searchWhileTyping(form, input);
  };
  // Without it the form does the same with a page.
  input.addEventListener('focus', () => void load().catch(() => undefined), { once: true });
  document.addEventListener('keydown', (event) => {
    const isKey = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key === 'k';
    if (!isKey || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    if (!input.checkVisibility()) document.getElementById('sidebar')?.showPopover();
    input.focus();
    input.select();
  });
}
