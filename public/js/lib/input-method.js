/**
 * Whether a key belongs to an input method, which turns what is typed into other letters (Japanese, Chinese, …). Safari ends
 * the conversion before it tells of the key that ended it: only the key code 229 says so then.
 * @param {KeyboardEvent} event
 */
export const isInputMethodKey = (event) => event.isComposing || event.keyCode === 229;
