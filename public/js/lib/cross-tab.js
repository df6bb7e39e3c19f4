import { isPast, openEventHub } from './event-hub.js';
import { electLeader } from './leader.js';

/** @typedef {import('./event-stream.js').StreamState} StreamState */
/** @typedef {import('./event-hub.js').HubMessage} HubMessage */
/** @typedef {import('./event-hub.js').Want} Want */
/**
 * @typedef {object} Subject something of the server that a part of the page follows
 * @property {'conversation' | 'reply' | 'job'} kind
 * @property {string} id
 * @property {() => string} position how far the part of the page is; '' from the beginning
 * @property {(name: string, data: any, position: string) => void} receive
 * @property {(state: StreamState) => void} [onState]
 */
/** @typedef {{ follow(subject: Subject): () => void }} Events `follow` returns what ends it */
/**
 * @typedef {{ from: string } & (HubMessage | { type: 'lead' | 'leave' | 'look' }
 *   | { type: 'want', has: string[], wants: Record<string, Want> })} TabMessage
 */

/** Tabs repeat this often what they follow, so that the leading tab forgets those that crashed. */
const repeatMs = 60_000;

/**
 * What happens on the server, for all parts of this page. Browsers open six connections to a server, so all tabs share
 * one stream: the tab that leads holds it and hands everything on.
 * @param {string} user whom the page was drawn for: tabs of another person share nothing with it
 * @returns {Events}
 */
export function openEvents(user) {
  const tab = crypto.getRandomValues(new Uint32Array(2)).join('');
  const name = `salon:events:${user}`;
  /** @type {Map<string, Subject & { isSynced: boolean }>} */
  const subjects = new Map();
  /** @type {BroadcastChannel | undefined} */
  let channel;
  /** @type {ReturnType<typeof openEventHub> | undefined} */
  let hub;
  /** The tab that leads, as far as known. @type {string | undefined} */
  let leader;
  /** @type {() => void} */
  let giveUp = () => undefined;
  let isTelling = false;

  function start() {
    if (channel) return;
    channel = new BroadcastChannel(name);
    channel.onmessage = ({ data }) => receive(data);
    giveUp = electLeader({ name, tab, onLead: lead, onLose: stopLeading });
    tellWants();
  }

  /** The page goes, or sleeps: another tab can lead, and an open channel would keep this one out of the cache. */
  function stop() {
    if (!channel) return;
    stopLeading();
    giveUp();
    send({ type: 'leave' });
    channel.close();
    channel = undefined;
    forgetLeader();
  }

  function lead() {
    hub = openEventHub({ user, send });
    send({ type: 'lead' });
  }

  function stopLeading() {
    hub?.close();
    hub = undefined;
  }

  /** @param {any} message to all tabs, this one too */
  function send(message) {
    const whole = { ...message, from: tab };
    channel?.postMessage(whole);
    receive(whole);
  }

  /** @param {TabMessage} message */
  function receive(message) {
    const { from } = message;
    if (message.type === 'want') return hub?.hear(from, message.has, message.wants);
    if (message.type === 'leave') return hub?.forget(from);
    if (message.type === 'look') return hub?.look();
    if (message.type === 'lead') {
      forgetLeader();
      leader = from;
      return tellWants();
    }
    if (message.type === 'open') {
      leader = from;
      return begin(message.positions);
    }
    if (from !== leader || !('id' in message || 'state' in message)) return;
    if (message.type === 'state') return subjects.forEach(({ onState }) => onState?.(message.state));
    const subject = subjects.get(message.id);
    if (subject?.isSynced) subject.receive(message.name, message.data, message.position);
  }

  /** A stream begins: a subject that is not behind its starting position misses nothing from here on. */
  function begin(/** @type {Record<string, Want>} */ positions) {
    let isBehind = false;
    for (const subject of subjects.values()) {
      const start = positions[subject.id];
      subject.isSynced =
        start !== undefined && (!start.position || isPast(subject.position(), start.position));
      isBehind ||= !subject.isSynced;
    }
    if (isBehind) tellWants();
  }

  function forgetLeader() {
    leader = undefined;
    for (const subject of subjects.values()) subject.isSynced = false;
  }

  /** Once for all that changes in one go. */
  function tellWants() {
    if (isTelling) return;
    isTelling = true;
    queueMicrotask(() => {
      isTelling = false;
      const all = [...subjects.values()];
      const wants = all.filter(({ isSynced }) => !isSynced);
      send({
        type: 'want',
        has: all.filter(({ isSynced }) => isSynced).map(({ id }) => id),
        wants: Object.fromEntries(
          wants.map(({ id, kind, position }) => [id, { kind, position: position() }]),
        ),
      });
    });
  }

  addEventListener('pagehide', stop);
  document.addEventListener('freeze', stop);
  for (const event of ['pageshow', 'resume'])
    (event === 'resume' ? document : window).addEventListener(event, () => subjects.size > 0 && start());
  addEventListener('focus', () => channel && send({ type: 'look' }));
  setInterval(() => channel && tellWants(), repeatMs);

  return {
    follow(subject) {
      const entry = { ...subject, isSynced: false };
      subjects.set(subject.id, entry);
      if (channel) tellWants();
      else start();
      return () => {
        if (subjects.get(subject.id) !== entry) return;
        subjects.delete(subject.id);
        if (channel) tellWants();
      };
    },
  };
}
