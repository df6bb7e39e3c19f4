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
  /** Neither a token nor a key will do. */
  session?: boolean;
};
const open: Rule = { may: 'open' };
const person: Rule = { may: 'person' };
const own: Rule = { may: 'own' };
export const admin: Rule = { may: 'admin' };
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
  'GET /settings': { ...person, session: true },
  'POST /settings': { ...person, session: true },
  'PATCH /settings': { ...person, session: true },
  'POST /settings/password': { ...person, session: true },
  'GET /settings/sessions': { ...person, session: true },
  'DELETE /settings/sessions': { ...person, session: true },
  'POST /settings/sessions/delete': { ...person, session: true },
  'DELETE /settings/sessions/:id': { ...own, session: true },
  'POST /settings/sessions/:id/delete': { ...own, session: true },
  'GET /settings/keys': { ...person, session: true },
  'POST /settings/keys': { ...person, session: true, body: { name: 'a key' } },
  'DELETE /settings/keys/:id': { ...own, session: true },
  'POST /settings/keys/:id/delete': { ...own, session: true },
  // By a name and password or a refresh token in the body, never by a session.
  'POST /api/register': open,
  'POST /api/login': open,
  'POST /api/refresh': open,
  'POST /api/logout': open,
  'GET /api/me': { ...person, json: true },
  'GET /': person,
  'GET /conversations': person,
  'POST /conversations': person,
  'GET /conversations/:id': own,
  'PATCH /conversations/:id': { ...own, body: { title: 'taken' } },
  'POST /conversations/:id': { ...own, body: { title: 'taken' } },
  'DELETE /conversations/:id': own,
  'POST /conversations/:id/messages': { ...own, ...message },
  'POST /conversations/:id/stream': { ...own, ...message },
  'POST /conversations/:id/delete': own,
  'POST /conversations/:id/restore': own,
  'GET /replies/:id/events': own,
  'POST /replies/:id/stop': own,
  'POST /replies/:id/continue': own,
  'POST /messages/:id/regenerate': own,
  'GET /images': person,
  'POST /images': person,
  'GET /images/:name': own,
  'PATCH /images/:id': { ...own, body: { title: 'taken' } },
  'POST /images/:id': { ...own, body: { title: 'taken' } },
  'DELETE /images/:id': own,
  'POST /images/:id/delete': own,
  'POST /images/:id/restore': own,
  'GET /jobs/:id': own,
  'GET /jobs/:id/events': own,
  'POST /jobs/:id/cancel': own,
  'POST /jobs/:id/retry': own,
  'GET /admin/backup': { ...admin, session: true },
  'POST /admin/backup': { ...admin, session: true },
  'POST /admin/backup/schedule': { ...admin, session: true },
  'PATCH /admin/backup/schedule': { ...admin, session: true },
  'GET /admin/backup/:name': { ...admin, session: true },
  'DELETE /admin/backup/:name': { ...admin, session: true },
  'POST /admin/backup/:name/delete': { ...admin, session: true },
  'GET /settings/usage': person,
  'GET /admin/usage': admin,
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
  'POST /admin/people/:id/reset': admin,
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
  'GET /history': person,
  'GET /chatlog': person,
  'GET /chatlog/:date/:index': { ...own, page: true },
  'POST /generate_code': { ...person, json: true },
  'POST /generate_image': { ...person, json: true },
};
