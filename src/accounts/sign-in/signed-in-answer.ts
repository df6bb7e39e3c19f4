import type { Request, Response } from 'express';
import { userJson, wantsPage, type User } from '../../web/context.ts';
import { ownPath } from '../../web/guards.ts';
import { textOf } from '../../web/validation.ts';

/** Puts the person into a new session; a form goes on to the page it named, a program gets the account. */
export async function answerSignedIn(req: Request, res: Response, user: User): Promise<void> {
  await new Promise<void>((resolve, reject) =>
    req.logIn(user, (error?: Error) => (error ? reject(error) : resolve())),
  );
  if (wantsPage(req)) return res.redirect(303, ownPath(textOf(req.body, 'next')));
  res.json({ user: userJson(user) });
}
