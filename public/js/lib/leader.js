/** How long a lease lasts unless renewed. Timers may fire late, but by at most a second while the tab is visible. */
const leaseMs = 2000;
const lookEveryMs = 500;
/** Browsers wake hidden tabs once a minute, so a hidden tab waits this long before it contests an expired lease. */
const hiddenPatienceMs = 90_000;

/**
 * Chooses one tab of this browser. Web Locks do it where they exist; over plain http in a home network they do not, and
 * a lease in localStorage does.
 * @param {object} election
 * @param {string} election.name tabs with the same name choose one of them
 * @param {string} election.tab the name of this tab
 * @param {() => void} election.onLead
 * @param {() => void} election.onLose another tab leads now
 * @returns {() => void} gives up leading, or wanting to
 */
export function electLeader(election) {
  return navigator.locks ? leadByLock(election) : leadByLease(election);
}

/** @param {{ name: string, onLead: () => void }} election */
function leadByLock({ name, onLead }) {
  const waiting = new AbortController();
  /** @type {(() => void) | undefined} */
  let release;
  let hasLeft = false;
  navigator.locks
    .request(name, { signal: waiting.signal }, () => {
      if (hasLeft) return undefined;
      onLead();
      return new Promise((resolve) => (release = () => resolve(undefined)));
    })
    // Aborted: this tab left before its turn came.
    .catch(() => undefined);
  return () => {
    hasLeft = true;
    waiting.abort();
    release?.();
  };
}

/** @param {{ name: string, tab: string, onLead: () => void, onLose: () => void }} election */
function leadByLease({ name, tab, onLead, onLose }) {
  const key = `${name}:leader`;
  const listening = new AbortController();
  let isLeading = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let candidacy;

  const read = () => {
    const [owner = '', until = '0'] = (localStorage.getItem(key) ?? '').split(' ');
    return { isOwn: owner === tab, until: Number(until) };
  };
  const write = () => localStorage.setItem(key, `${tab} ${Date.now() + leaseMs}`);

  function look() {
    const { isOwn, until } = read();
    if (isLeading) {
      if (isOwn || until < Date.now()) return write();
      isLeading = false;
      return onLose();
    }
    if (candidacy || Date.now() < until + (document.hidden && until ? hiddenPatienceMs : 0)) return;
    write();
    // Others may have written in the same moment: the tab that is named there after a while leads.
    candidacy = setTimeout(decide, 40 + Math.random() * 40);
  }

  function decide() {
    candidacy = undefined;
    if (!read().isOwn) return;
    isLeading = true;
    onLead();
  }

  const timer = setInterval(look, lookEveryMs);
  addEventListener('storage', (event) => event.key === key && look(), { signal: listening.signal });
  document.addEventListener('visibilitychange', look, { signal: listening.signal });
  look();
  return () => {
    listening.abort();
    clearInterval(timer);
    clearTimeout(candidacy);
    if (read().isOwn) localStorage.removeItem(key);
  };
}
