/** The parts of the administration, in the order of their tabs; `label` is a key of the word files. */
export const adminNav: readonly { id: string; url: string; label: string }[] = [
  { id: 'overview', url: '/admin', label: 'admin.nav.overview' },
  { id: 'people', url: '/admin/people', label: 'admin.nav.people' },
  { id: 'keys', url: '/admin/keys', label: 'admin.nav.keys' },
  { id: 'usage', url: '/admin/usage', label: 'usage.tab' },
  { id: 'models', url: '/admin/models', label: 'models.title' },
  { id: 'limits', url: '/admin/limits', label: 'usage.limits_tab' },
  { id: 'audit', url: '/admin/audit', label: 'audit.title' },
  { id: 'backup', url: '/admin/backup', label: 'backup.title' },
];

/** What `views/admin/_nav.ejs` needs as `it.adminNav`: the tabs in the reader's language, `current` marked. */
export function adminTabs(t: (key: string) => string, current: string) {
  return adminNav.map(({ id, url, label }) => ({ url, label: t(label), current: id === current }));
}
