import { parseArgs } from 'node:util';
import type { Audit } from '../audit/audit.ts';
import { AppError, isAppError } from '../lib/errors.ts';
import type { Command, CommandIo } from '../platform/command.ts';
import type { Accounts, ManagedUser } from './accounts.ts';

export type OpenAccounts = {
  accounts: Accounts;
  audit: Pick<Audit, 'record'>;
  close(): Promise<void>;
};
type Change = { role?: 'user' | 'admin'; suspended?: boolean };

const LIST_AT_ONCE = 100;

/**
 * `user …` of `npm run cli`, for the owner of the machine: before the first start as well as while Salon runs. `open`
 * opens the database beside a running server. Passwords are asked for or read from standard input, never an argument.
 */
export function userCommands(open: () => Promise<OpenAccounts>): Command[] {
  const using = async (work: (opened: OpenAccounts) => Promise<number>): Promise<number> => {
    const opened = await open();
    try {
      return await work(opened);
    } finally {
      await opened.close();
    }
  };

  /** One command that changes what a person is. */
  const changing = (name: string, summary: string, change: Change, done: string): Command => ({
    name: `user ${name}`,
    usage: '<name>',
    summary,
    run: async (args, io) => {
      const username = onlyName(args);
      return using(async ({ accounts, audit }) => {
        const person = await find(accounts, username);
        await accounts.people.changeFromOutside(person.id, change);
        await note(audit, `person.${name}`, person);
        io.out(`${person.username} ${done}`);
        return 0;
      });
    },
  });

  return [
    {
      name: 'user add',
      usage: '<name> [--admin]',
      summary: 'Adds an account; asks for its password, or reads it from standard input.',
      async run(args, io) {
        const { values, positionals } = parseArgs({
          args: [...args],
          options: { admin: { type: 'boolean', default: false } },
          allowPositionals: true,
        });
        const username = onlyName(positionals);
        return using(async ({ accounts, audit }) => {
          const password = await io.askSecret(`Password for ${username}: `);
          // The very first account is the admin, whichever way it comes.
          const role = values.admin || !(await accounts.hasUsers()) ? 'admin' : 'user';
          const person = await explained(io, () => accounts.people.create({ username, password, role }));
          if (!person) return 1;
          await note(audit, 'person.create', person);
          io.out(`${person.username} can sign in${role === 'admin' ? ' and is an administrator' : ''}`);
          return 0;
        });
      },
    },
    {
      name: 'user password',
      usage: '<name>',
      summary: 'Sets a password and signs the person out everywhere.',
      async run(args, io) {
        const username = onlyName(args);
        return using(async ({ accounts, audit }) => {
          const person = await find(accounts, username);
          if (person.isBeingDeleted) throw new AppError('being_deleted');
          const password = await io.askSecret(`New password for ${person.username}: `);
          const isSet = await explained(io, async () => {
            await accounts.people.setPassword(person.id, password);
            return true;
          });
          if (!isSet) return 1;
          await note(audit, 'person.password', person);
          io.out(`${person.username} has a new password and is signed out everywhere`);
          return 0;
        });
      },
    },
    changing('promote', 'Makes an administrator.', { role: 'admin' }, 'is an administrator'),
    changing('demote', 'Makes an ordinary member.', { role: 'user' }, 'is an ordinary member'),
    changing('suspend', 'Signs out and keeps out.', { suspended: true }, 'is suspended and signed out'),
    changing('resume', 'Ends a suspension.', { suspended: false }, 'may sign in again'),
    {
      name: 'user list',
      usage: '',
      summary: 'Lists all accounts by name.',
      async run(args, io) {
        parseArgs({ args: [...args], options: {} });
        return using(async ({ accounts }) => {
          let cursor: string | undefined;
          do {
            const page = await accounts.people.list({ limit: LIST_AT_ONCE, cursor });
            for (const person of page.people) io.out(lineOf(person));
            cursor = page.nextCursor ?? undefined;
          } while (cursor !== undefined);
          if ((await accounts.people.count()) === 0) io.out('There are no accounts yet.');
          return 0;
        });
      },
    },
  ];
}

function onlyName(args: readonly string[]): string {
  const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
  const [name, ...more] = positionals;
  if (name === undefined || more.length > 0)
    throw Object.assign(new Error('Give one name; put it in quotes if it has blanks.'), {
      code: 'ERR_PARSE_ARGS_NAME',
    });
  return name;
}

const find = (accounts: Accounts, username: string): Promise<ManagedUser> =>
  accounts.people.getByName(username).catch((error: unknown) => {
    throw isAppError(error, 'not_found') ? new Error(`There is no account "${username}".`) : error;
  });

const reasons: Record<string, string> = {
  required: 'must not be empty',
  too_short: 'is too short',
  too_long: 'is too long',
  too_common: 'is on every list of common passwords',
  same_as_name: 'must not be the name',
  name_characters: 'has characters that are not allowed',
};

/** Says which rule a name or password breaks. @returns undefined then */
async function explained<T>(io: CommandIo, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    for (const { field, message } of error.fields)
      io.err(`The ${field === 'username' ? 'name' : field} ${reasons[message] ?? 'is wrong'}.`);
    return undefined;
  }
}

const note = (audit: Pick<Audit, 'record'>, action: string, { id, username }: ManagedUser) =>
  audit.record({
    actor: null,
    authMethod: 'cli',
    action,
    outcome: 'done',
    object: { kind: 'person', id, name: username },
  });

function lineOf(person: ManagedUser): string {
  const seen = person.lastSeenAt === null ? 'not seen lately' : `seen ${day(person.lastSeenAt)}`;
  const state = person.isBeingDeleted ? '  being deleted' : person.isSuspended ? '  suspended' : '';
  return `${person.role.padEnd(5)}  since ${day(person.createdAt)}  ${seen.padEnd(15)}  ${person.username}${state}`;
}

const day = (instant: number) => new Date(instant).toISOString().slice(0, 10);
