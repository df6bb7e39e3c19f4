import { openEventStream } from './event-stream.js';

/** @typedef {import('./event-stream.js').StreamState} StreamState */
/** @typedef {{ kind: string, position: string }} Want where somebody stands who follows something of that kind */
/**
 * @typedef {{ type: 'open', positions: Record<string, Want> }
 *   | { type: 'state', state: StreamState }
 *   | { type: 'event', id: string, name: string, data: any, position: string }} HubMessage
 */

/** How long changes are gathered before the stream is reopened: new wants briefly, dropped ones longer. */
const gatherMs = 30;
const dropMs = 1500;
/** A tab that was not heard of for so long has crashed. */
const silentMs = 180_000;
/** What one stream can follow. */
const maxFollowed = 200;

/** True when a reader at `position` has all that came before `other`. @param {string} position @param {string} other */
export const isPast = (position, other) => Number.parseInt(position, 10) >= Number.parseInt(other, 10);

/**
 * The one stream of a browser, in the tab that leads: follows what any tab wants, from where the last of them stands.
 * @param {object} hub
 * @param {string} hub.user whom the pages were drawn for
 * @param {(message: HubMessage) => void} hub.send tells all tabs, this one too
 */
export function openEventHub({ user, send }) {
  /** @type {Map<string, { ids: Set<string>, heardAt: number }>} */
  const tabs = new Map();
  /** What is followed, by id. @type {Map<string, Want>} */
  const followed = new Map();
  /** The ids of the open stream, in the order of its URL. @type {string[]} */
  let open = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let dueAt = Infinity;

  const stream = openEventStream({
    address: begin,
    onState: (state) => send({ type: 'state', state }),
    onEvent({ name, data, id: eventId }) {
      const { for: id } = data;
      const want = followed.get(id);
      const position = positionIn(eventId, open.indexOf(id));
      // A new follower in the middle of a reply gets the whole open block, and of a job its current state.
      if (want && position && (name === 'block' || name === 'message')) want.position = position;
      // The end of a reply or a job: nothing more comes, and nobody has to connect anew for that.
      if (name === 'done') followed.delete(id);
      send({ type: 'event', id, name, data, position });
    },
  });

  /** Forgets what nobody wants any more, tells the tabs what is followed from where, and returns the URL for it. */
  function begin() {
    for (const [tab, { heardAt }] of tabs) if (Date.now() - heardAt > silentMs) tabs.delete(tab);
    for (const id of followed.keys()) if (!isWanted(id)) followed.delete(id);
    open = [...followed.keys()].slice(0, maxFollowed);
    if (open.length === 0) return '';
    open.sort((one, other) => kindOf(one).localeCompare(kindOf(other)));
    send({ type: 'open', positions: Object.fromEntries(open.map((id) => [id, { ...wantOf(id) }])) });
    return `/events?${new URLSearchParams([['user', user], ...parameters()])}`;
  }

  const wantOf = (/** @type {string} */ id) => followed.get(id) ?? { kind: '', position: '' };
  const kindOf = (/** @type {string} */ id) => wantOf(id).kind;
  const isWanted = (/** @type {string} */ id) => [...tabs.values()].some(({ ids }) => ids.has(id));

  function parameters() {
    const kinds = [...new Set(open.map(kindOf))];
    const entry = (/** @type {string} */ id) => (wantOf(id).position ? `${id}:${wantOf(id).position}` : id);
    return kinds.map((kind) => [
      kind,
      open
        .filter((id) => kindOf(id) === kind)
        .map(entry)
        .join(','),
    ]);
  }

  /** @param {number} ms */
  function connectIn(ms) {
    if (Date.now() + ms >= dueAt) return;
    clearTimeout(timer);
    dueAt = Date.now() + ms;
    timer = setTimeout(() => {
      dueAt = Infinity;
      stream.connect();
    }, ms);
  }

  return {
    look: stream.look,
    /**
     * What a tab follows: `has`, whose events it already receives, and `wants`, which it lacks.
     * @param {string} tab @param {readonly string[]} has @param {Record<string, Want>} wants
     */
    hear(tab, has, wants) {
      tabs.set(tab, { ids: new Set([...has, ...Object.keys(wants)]), heardAt: Date.now() });
      for (const [id, want] of Object.entries(wants)) {
        const known = followed.get(id);
        if (!known || !isPast(want.position, known.position)) followed.set(id, { ...want });
      }
      // What finds no room does not ask again and again.
      const hasRoom = followed.size <= maxFollowed;
      if (Object.keys(wants).some((id) => hasRoom || open.includes(id))) connectIn(gatherMs);
      else this.tidy();
    },
    /** @param {string} tab */
    forget(tab) {
      tabs.delete(tab);
      this.tidy();
    },
    tidy() {
      if (open.some((id) => followed.has(id) && !isWanted(id))) connectIn(dropMs);
    },
    close() {
      clearTimeout(timer);
      stream.close();
    },
  };
}

/** The position of the thing with this number in an event id such as `0:1234,3:99`; '' when it has none. */
function positionIn(/** @type {string} */ eventId, /** @type {number} */ at) {
  const entry = eventId.split(',').find((one) => one.startsWith(`${at}:`));
  return entry?.slice(entry.indexOf(':') + 1) ?? '';
}
