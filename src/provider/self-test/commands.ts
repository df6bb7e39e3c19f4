import type { Command } from '../../platform/command.ts';
import type { Config } from '../../platform/config.ts';
import { silentLog } from '../../platform/log.ts';
import { createProvider } from '../provider.ts';

/** `provider test` of `npm run cli`: what the model server of the settings can do, without starting Salon. */
export function providerCommands(open: () => Pick<Config, 'provider' | 'mode'>): Command[] {
  return [
    {
      name: 'provider test',
      usage: '',
      summary: 'Tries what the model server can do; costs a few tokens, and an image where it makes some.',
      run: async (_args, io) => {
        const { provider: config, mode } = open();
        const provider = createProvider({ config, mode, log: silentLog });
        try {
          await provider.refreshModels();
          const { kind, name } = provider.connection();
          if (kind === 'demo') {
            io.err(
              'There is no model server: the built-in demo model answers. Set OPENAI_BASE_URL or OPENAI_API_KEY.',
            );
            return 1;
          }
          io.out(name);
          const results = await provider.test({ signal: new AbortController().signal });
          for (const { name: check, outcome, ms, words } of results) {
            const time = ms > 0 ? `${ms} ms` : '';
            io.out(
              `  ${check.padEnd(9)} ${outcome.replace('_', ' ').padEnd(12)} ${time.padStart(9)}  ${words}`.trimEnd(),
            );
          }
          return results.some(({ name: check, outcome }) => check === 'chat' && outcome !== 'works') ? 1 : 0;
        } finally {
          provider.close();
        }
      },
    },
  ];
}
