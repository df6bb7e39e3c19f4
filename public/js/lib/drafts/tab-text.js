/**
 * The text of a field, kept in the tab while the server cannot have it: gone with the tab, and seen by no other.
 * @param {HTMLTextAreaElement} field
 */
export function keptInTab(field) {
  // Whoever signs in next in this tab finds only what is their own.
  const key = `salon:draft:${document.body.dataset.user}:${location.pathname}`;
  return {
    keep() {
      try {
        if (field.value.trim()) sessionStorage.setItem(key, field.value);
      } catch {
        // The browser gives no room: then the field is all there is.
      }
    },
    forget: () => sessionStorage.removeItem(key),
    /** Puts it back into an empty field. @param {(text: string) => void} offer gets it when the field has another text */
    restore(offer) {
      const text = sessionStorage.getItem(key);
      sessionStorage.removeItem(key);
      if (!text || text === field.value) return;
      if (field.value) offer(text);
      else field.value = text;
    },
  };
}
