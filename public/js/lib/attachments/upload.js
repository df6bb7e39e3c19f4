/**
 * Sends one file to the server. @param {File} file @param {string} model that will read it
 * @param {(percent: number) => void} onProgress
 * @returns {Promise<{ html: string } | { error: string | undefined }>} its row, or why there is none
 */
export function upload(file, model, onProgress) {
  const body = new FormData();
  body.append('model', model);
  body.append('file', file, file.name);
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('POST', '/attachments');
    request.setRequestHeader('accept', 'text/html');
    request.setRequestHeader('x-fragment', '1');
    request.upload.addEventListener('progress', ({ loaded, total }) => onProgress((100 * loaded) / total));
    request.addEventListener('load', () =>
      resolve(request.status === 201 ? { html: request.responseText } : { error: sentenceIn(request) }),
    );
    request.addEventListener('error', () => resolve({ error: undefined }));
    request.send(body);
  });
}

/** @param {XMLHttpRequest} request @returns {string | undefined} */
function sentenceIn({ responseText }) {
  try {
    const { error } = JSON.parse(responseText);
    return typeof error === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}
