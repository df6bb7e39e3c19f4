/** How somebody was let in: by a browser session, an access token or an API key; from the command line; or Salon itself. */
export type AuthMethod = 'session' | 'token' | 'key' | 'cli' | 'system';

/** Who acts. Features look everything up through `id`; the rest says in the ledger how the work came in. */
export type Actor = { id: string; authMethod?: AuthMethod; keyId?: string | null };
