/**
 * Who may do what. `open`: everybody. `person`: any signed-in one. `own`: the person whose thing is named. `admin`:
 * administrators, by session or token, never by a key.
 */
export type Rule = {
  may: 'open' | 'person' | 'own' | 'admin';
  /** Always HTML. */
  page?: boolean;
  /** Always JSON. */
  json?: boolean;
  body?: object;
  /** What an API key must be made for; without one any key will do. */
  scope?: 'chat' | 'images' | 'history';
  /** An API key must be made for one of these. */
  anyScope?: readonly ('chat' | 'images')[];
  /** Neither a token nor a key will do. */
  session?: boolean;
};
const open: Rule = { may: 'open' };
const person: Rule = { may: 'person' };
const own: Rule = { may: 'own' };
export const admin: Rule = { may: 'admin' };
const session: Rule = { may: 'person', session: true };
const chat = { scope: 'chat' } as const;
const images = { scope: 'images' } as const;
const history = { scope: 'history' } as const;
const trash = { anyScope: ['chat', 'images'] } as const;
const message = { body: { content: 'a question' } };

/** Every route of the app; a test fails when one is missing here. */
export const accessRules: Record<string, Rule> = {
  'GET /healthz': open,
  'GET /readyz': open,
  // Closed by a token or to other machines, not by a person's session.
  'GET /metrics': open,
  'GET /login': open,
  'POST /login': open,
  'POST /': open,
  'GET /register': open,
  'POST /register': open,
  'GET /logout': open,
  'POST /logout': open,
  'GET /settings': session,
  'POST /settings': session,
  'PATCH /settings': session,
  'POST /settings/password': session,
  'GET /settings/sessions': session,
  'DELETE /settings/sessions': session,
  'POST /settings/sessions/delete': session,
  'DELETE /settings/sessions/:id': { ...own, session: true },
  'POST /settings/sessions/:id/delete': { ...own, session: true },
  'GET /settings/keys': session,
  'POST /settings/keys': { ...session, body: { name: 'a key' } },
  'DELETE /settings/keys/:id': { ...own, session: true },
  'POST /settings/keys/:id/delete': { ...own, session: true },
  // By a name and password or a refresh token in the body, never by a session.
  'POST /api/register': open,
  'POST /api/login': open,
  'POST /api/refresh': open,
  'POST /api/logout': open,
  'GET /api/me': { ...person, json: true },
  'GET /': { ...person, ...chat },
  'GET /conversations': { ...person, ...chat },
  'POST /conversations': { ...person, ...chat },
  'GET /conversations/:id': { ...own, ...chat },
  'PATCH /conversations/:id': { ...own, ...chat, body: { title: 'taken' } },
  'POST /conversations/:id': { ...own, ...chat, body: { title: 'taken' } },
  'DELETE /conversations/:id': { ...own, ...chat },
  'POST /conversations/:id/messages': { ...own, ...chat, ...message },
  'POST /conversations/:id/stream': { ...own, ...chat, ...message },
  'POST /conversations/:id/delete': { ...own, ...chat },
  'POST /conversations/:id/restore': { ...own, ...chat },
  'GET /resume/:id': { ...own, session: true, page: true },
  'POST /resume/:id': { ...own, session: true, page: true },
  'POST /resume/:id/delete': { ...own, session: true, page: true },
  'POST /conversations/:id/keep': { ...own, ...chat },
  'PUT /draft': { ...person, ...chat },
  'POST /draft': { ...person, ...chat },
  'PUT /conversations/:id/draft': { ...own, ...chat, ...message },
  'POST /conversations/:id/draft': { ...own, ...chat, ...message },
  'GET /drafts': { ...person, ...chat },
  'DELETE /drafts/:id': { ...own, ...chat },
  'POST /drafts/:id/delete': { ...own, ...chat },
  // What a key is not made for, and what is another person's, is left out of the stream.
  'GET /models': { ...person, ...chat },
  'POST /settings/models/favourite': { ...person, ...chat, body: { model: 'm' } },
  'GET /events': person,
  'GET /replies/:id/events': { ...own, ...chat },
  'POST /replies/:id/stop': { ...own, ...chat },
  'POST /replies/:id/continue': { ...own, ...chat },
  'GET /messages/:id/context': { ...own, ...chat },
  'POST /messages/:id/regenerate': { ...own, ...chat },
  'POST /attachments': { ...person, ...chat },
  'GET /attachments/:id': { ...own, ...chat },
  'DELETE /attachments/:id': { ...own, ...chat },
  'POST /messages/:id/edit': { ...own, ...chat, ...message },
  'GET /images': { ...person, ...images },
  'POST /images': { ...person, ...images },
  'GET /images/:name': { ...own, ...images },
  'PATCH /images/:id': { ...own, ...images, body: { title: 'taken' } },
  'POST /images/:id': { ...own, ...images, body: { title: 'taken' } },
  'DELETE /images/:id': { ...own, ...images },
  'POST /images/:id/delete': { ...own, ...images },
  'POST /images/:id/restore': { ...own, ...images },
  // What a key must be made for is said by the kind of the job.
  'GET /jobs/:id': own,
  'GET /jobs/:id/events': own,
  'POST /jobs/:id/cancel': own,
  'POST /jobs/:id/retry': own,
  'GET /trash': { ...person, ...trash },
  'DELETE /trash': { ...person, ...trash },
  'POST /trash/delete': { ...person, ...trash },
  'DELETE /trash/:id': { ...own, ...trash },
  'POST /trash/:id/delete': { ...own, ...trash },
  'GET /trash/:id/image': { ...own, ...images },
  'GET /admin/backup': { ...admin, session: true },
  'POST /admin/backup': { ...admin, session: true },
  'POST /admin/backup/schedule': { ...admin, session: true },
  'PATCH /admin/backup/schedule': { ...admin, session: true },
  'GET /admin/backup/:name': { ...admin, session: true },
  'DELETE /admin/backup/:name': { ...admin, session: true },
  'POST /admin/backup/:name/delete': { ...admin, session: true },
  'GET /settings/usage': person,
  'GET /admin/usage': admin,
  'GET /admin/models': admin,
  'POST /admin/models/test': admin,
  'POST /admin/models/forget': {
    ...admin,
    body: { provider_id: 'p', model: 'm', field: 'f' },
  },
  'GET /admin/models/edit': { ...admin, page: true },
  'POST /admin/models/settings': { ...admin, body: { model: 'm', hidden: '1' } },
  'POST /admin/models/default': { ...admin, body: { kind: 'chat', model: 'm' } },
  'GET /admin/usage/prices': admin,
  'POST /admin/usage/prices': { ...admin, body: { model: 'gpt-4o', version: 0 } },
  'PUT /admin/usage/prices': { ...admin, body: { model: 'gpt-4o', version: 0 } },
  'GET /admin/limits': admin,
  'POST /admin/limits': { ...admin, body: { requests_key: 1 } },
  'PATCH /admin/limits': { ...admin, body: { requests_key: 1 } },
  'GET /reset/:token': open,
  'POST /reset/:token': open,
  'GET /admin': admin,
  'GET /admin/people': admin,
  'POST /admin/people': { ...admin, body: { username: 'made by a thief' } },
  'GET /admin/people/:id': admin,
  'POST /admin/people/:id': { ...admin, body: { suspended: 'true' } },
  'PATCH /admin/people/:id': { ...admin, body: { suspended: true } },
  'POST /admin/people/:id/sign-out': admin,
  'POST /admin/people/:id/reset': { ...admin, session: true },
  'POST /admin/people/:id/delete': admin,
  'DELETE /admin/people/:id': admin,
  'GET /admin/keys': admin,
  'POST /admin/keys': { ...admin, body: { count: '1' } },
  'POST /admin/keys/load': admin,
  'POST /admin/keys/:id/revoke': admin,
  'POST /admin/keys/:id/delete': admin,
  'DELETE /admin/keys/:id': admin,
  'POST /api/admin/keys/generate': { ...admin, json: true },
  'POST /api/admin/keys/load': { ...admin, json: true },
  'POST /admin/people/:id/storage': { ...admin, body: { storage_limit_mb: 1 } },
  'GET /history': { ...person, ...history },
  'GET /chatlog': { ...person, ...history },
  'GET /search': { ...person, ...trash },
  'GET /chatlog/:date/:index': { ...own, ...history, page: true },
  'GET /interact_history': { ...person, ...chat },
  'GET /interact_history/:id': { ...own, ...chat },
  'POST /api': { ...person, ...chat, json: true, body: { data: 'a question' } },
  'GET /api/sessions': { ...person, ...chat, json: true },
  'POST /api/new-session': { ...person, ...chat, json: true },
  'POST /generate_code': { ...person, ...chat, json: true },
  'POST /generate_image': { ...person, ...images, json: true },
  'GET /conversations/:id/export': { ...own, ...chat },
  'GET /export': { ...person, ...chat },
  'GET /settings/export': session,
  'GET /settings/delete': session,
  'POST /settings/delete': session,
  'DELETE /settings/account': session,
  'POST /settings/account/delete': session,
  'GET /goodbye': open,
  'GET /admin/audit': admin,
  'GET /admin/audit/export': admin,
};
