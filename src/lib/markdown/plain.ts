/** Around text that is shown as it was written, with its line ends. */
export const PLAIN_OPEN = '<div class="plain">';
export const PLAIN_CLOSE = '</div>';
