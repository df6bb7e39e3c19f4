import { fileNames } from './attachments/rows.js';
import { drawPending } from './pending-message.js';

/** Sending from the start page opens the new conversation: until that is there, its first message is shown here. */
export function showMessageWhileLeaving() {
  const start = document.querySelector('.chat-start');
  const field = document.querySelector('.chat-start #content');
  if (!(start instanceof HTMLElement) || !(field instanceof HTMLTextAreaElement)) return;
  const place = document.createElement('div');
  place.className = 'chat column';

  start.addEventListener('submit', (event) => {
    const { submitter } = event;
    const isSuggestion = submitter instanceof HTMLButtonElement && submitter.name === 'content';
    const list = document.createElement('div');
    list.className = 'messages';
    const files = field.form ? fileNames(field.form) : '';
    list.append(drawPending(isSuggestion ? submitter.value : field.value.trim() ? field.value : files));
    place.replaceChildren(list);
    start.after(place);
    // The form keeps its text: whoever comes back finds it.
    start.hidden = true;
  });
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    place.remove();
    start.hidden = false;
  });
}
