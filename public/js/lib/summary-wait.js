const ASK_EVERY_MS = 1500;

/** Shows the summary of a conversation once the model has written it; without scripts the page asks for itself again. */
export async function waitForSummary() {
  const waiting = document.querySelector('[data-summary-of]');
  if (!(waiting instanceof HTMLElement)) return;
  const url = waiting.dataset.summaryOf ?? '';
  while (waiting.isConnected) {
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    if (!document.hidden && !(await isRunning(url))) location.replace(url);
  }
}

/** Also while the server cannot be asked. @param {string} url */
async function isRunning(url) {
  try {
    const response = await fetch(url, { headers: { accept: 'application/json' } });
    return response.ok && (await response.json()).status === 'running';
  } catch {
    return true;
  }
}
