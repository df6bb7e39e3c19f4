/** One event of this many characters without an end is no chat answer: nothing more of it is kept. */
export const MAX_EVENT_CHARACTERS = 4_000_000;

export type EventStream = {
  /** Takes decoded text in any slices. @throws RangeError when one event grows beyond `maxCharacters` */
  feed(text: string): void;
  /** The body ended: an event without its closing blank line is still given. */
  end(): void;
};

/**
 * Splits a `text/event-stream` body into events: line ends CRLF, LF or CR even when split between slices, comments
 * and unknown fields dropped, several `data:` lines joined. `onEvent` gets the data and the event's name.
 */
export function createEventStream(
  onEvent: (data: string, name: string) => void,
  maxCharacters = MAX_EVENT_CHARACTERS,
): EventStream {
  let rest = '';
  let data = '';
  let hasData = false;
  let name = '';
  let started = false;
  let afterCarriageReturn = false;

  const dispatch = () => {
    const [eventData, eventName] = [data, name];
    const isEvent = hasData;
    data = name = '';
    hasData = false;
    if (isEvent) onEvent(eventData, eventName);
  };

  const line = (text: string) => {
    if (text === '') return dispatch();
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') {
      data = hasData ? `${data}\n${value}` : value;
      hasData = true;
    } else if (field === 'event') name = value;
  };

  const normal = (slice: string) => {
    let text = slice;
    if (!started) {
      started = true;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    if (afterCarriageReturn && text.startsWith('\n')) text = text.slice(1);
    afterCarriageReturn = slice.endsWith('\r');
    return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  };

  return {
    feed(slice) {
      if (slice === '') return;
      const text = normal(slice);
      let from = 0;
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
        const tail = text.slice(from, at);
        from = at + 1;
        const whole = rest === '' ? tail : rest + tail;
        rest = '';
        line(whole);
      }
      // Only the new part is searched, so a line that comes in many slices stays linear.
      rest += text.slice(from);
      if (rest.length + data.length > maxCharacters) throw new RangeError('an event without an end');
    },
    end() {
      if (rest !== '') line(rest);
      rest = '';
      dispatch();
    },
  };
}
