/** Who may do what: `open` everybody, `own` needs the own thing named, `person` any signed-in one; `page`: always HTML. */
export type Rule = { may: 'open' | 'person' | 'own'; page?: boolean; json?: boolean; body?: object };
const open: Rule = { may: 'open' };
const person: Rule = { may: 'person' };
const own: Rule = { may: 'own' };
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
  'GET /settings': person,
  'POST /settings': person,
  'PATCH /settings': person,
  'POST /settings/password': person,
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
  'GET /history': person,
  'GET /chatlog': person,
  'GET /chatlog/:date/:index': { ...own, page: true },
  'POST /generate_code': { ...person, json: true },
  'POST /generate_image': { ...person, json: true },
};
