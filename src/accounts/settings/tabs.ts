/** The parts of the settings, in order. All but the keys stand on one page. */
const parts = [
  { id: 'appearance', url: '/settings#appearance', label: 'credentials.tabs.appearance' },
  { id: 'chat', url: '/settings#chat', label: 'credentials.tabs.chat' },
  { id: 'password', url: '/settings#password-change', label: 'credentials.tabs.password' },
  { id: 'sessions', url: '/settings#sessions', label: 'credentials.tabs.sessions' },
  { id: 'keys', url: '/settings/keys', label: 'credentials.tabs.keys' },
  { id: 'usage', url: '/settings/usage', label: 'usage.own_tab' },
  { id: 'data', url: '/settings#data', label: 'credentials.tabs.data' },
];

/** What `views/settings/_nav.ejs` needs as `it.settingsNav`, in the reader's language. */
export const settingsTabs = (t: (key: string) => string, current?: string) =>
  parts.map(({ id, url, label }) => ({ url, label: t(label), current: id === current }));
