import type { Client } from './client.ts';
import type { Dice } from './dice.ts';
import type { Account, Journal } from './journal.ts';

/** One person at one open page. */
export type Tab = { client: Client; account: Account; dice: Dice; journal: Journal; name: string };
