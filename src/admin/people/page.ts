import type { Request, Response } from 'express';
import type { Accounts, ManagedUser } from '../../accounts/accounts.ts';
import type { Files } from '../../files/files.ts';
import type { AppError } from '../../lib/errors.ts';
import { storageView, type StorageView } from '../../usage/usage.ts';
import { userOf } from '../../web/context.ts';
import { type FormFaults, formErrors, successNotice } from '../../web/form-errors.ts';
import type { OneTimeSecrets } from '../../web/one-time-secrets.ts';
import { originOf } from '../../web/origin.ts';
import type { Notice, Pages } from '../../web/page.ts';
import { param, textOf } from '../../web/validation.ts';
import { adminTabs } from '../nav.ts';
import { peopleNotices, standingOf, type Standing } from './views.ts';

export const PAGE_SIZE = 50;

declare module '../../web/page.ts' {
  interface Views {
    'admin/people': {
      adminNav: Tab[];
      people: (ManagedUser & { standing: Standing; url: string })[];
      query: string;
      nextUrl: string | null;
      form: { username: string };
      nameError: string | null;
    };
    'admin/person': FormFaults & {
      adminNav: Tab[];
      person: ManagedUser;
      standing: Standing;
      personId: string;
      isSelf: boolean;
      /** A one-time link that was just made; shown this once. */
      link: string | null;
      storage: StorageView;
    };
  }
}

export type PageDeps = {
  accounts: Accounts;
  files: Pick<Files, 'storage'>;
  pages: Pages;
  oneTimeSecrets: OneTimeSecrets;
  baseUrl: string | undefined;
};

export const urlOf = (person: { id: string }) => `/admin/people/${person.id}`;
/** For whom a one-time secret is kept until the next page. */
export const secretOwner = (req: Request) => req.credential?.id ?? '';

/** The list of people and the page of one, also with the reason why a form failed. */
export function createPeoplePages({ accounts, files, pages, oneTimeSecrets, baseUrl }: PageDeps) {
  const { people } = accounts;

  return {
    async sendList(req: Request, res: Response, failed?: AppError): Promise<void> {
      const query = searchOf(req);
      const cursor = textOf(req.query, 'cursor');
      const found = await people.list({ query, limit: PAGE_SIZE, cursor });
      const next = new URLSearchParams({ ...(query ? { q: query } : {}), cursor: found.nextCursor ?? '' });
      const { fieldErrors, error } = formErrors(req, failed);
      const data = {
        adminNav: adminTabs(req.t, 'people'),
        people: found.people.map((person) => ({
          ...person,
          standing: standingOf(person),
          url: urlOf(person),
        })),
        query,
        nextUrl: found.nextCursor && `/admin/people?${next.toString()}`,
        form: { username: failed ? (textOf(req.body, 'username') ?? '') : '' },
        nameError: Object.values(fieldErrors)[0] ?? error,
      };
      await pages.send(req, res, 'admin/people', data, {
        title: req.t('people.title'),
        section: 'admin',
        status: failed?.status ?? 200,
        notice: failed ? null : noticeOf(req),
      });
    },

    async sendPerson(req: Request, res: Response, failed?: AppError): Promise<void> {
      const person = await people.get(param(req, 'id'));
      const path = oneTimeSecrets.take(secretOwner(req), textOf(req.query, 'link'));
      const data = {
        adminNav: adminTabs(req.t, 'people'),
        person,
        standing: standingOf(person),
        personId: person.id,
        isSelf: person.id === userOf(req).id,
        link: path === undefined ? null : `${originOf(req, baseUrl)}${path}`,
        storage: storageView(req.language, await files.storage(person.id)),
        ...formErrors(req, failed),
      };
      await pages.send(req, res, 'admin/person', data, {
        title: person.username,
        section: 'admin',
        status: failed?.status ?? 200,
        notice: failed ? null : noticeOf(req),
      });
    },
  };
}

/** Longer than any name: what is beyond could only find less, and SQLite takes no pattern of any length. */
const MAX_SEARCH = 200;
export const searchOf = (req: Request) => (textOf(req.query, 'q') ?? '').slice(0, MAX_SEARCH);

function noticeOf(req: Request): Notice | null {
  const done = textOf(req.query, 'done');
  return successNotice(req, peopleNotices.get(done ?? ''));
}
