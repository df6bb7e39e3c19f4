import { dialect, namesOnly } from './dialect.ts';

/** Names no finish reason. FastAPI's kin: details instead of an error. */
export const koboldcpp = dialect({
  name: 'KoboldCpp',
  list: namesOnly('koboldcpp/L3-8B-Stheno'),
  chatModel: 'koboldcpp/L3-8B-Stheno',
  finish: { stop: null },
  reportsUsage: false,
  usage: () => ({ choices: [] }),
  faults: {
    'wrong key': { status: 401, body: { detail: { msg: 'Unauthorized', type: 'unauthorized' } } },
    'too often': {
      status: 503,
      told: 'upstream_failed',
      body: { detail: { msg: 'Server is busy; please try again later.', type: 'service_unavailable' } },
    },
    'unknown field': {
      status: 422,
      body: {
        detail: [
          { loc: ['body', 'temperature'], msg: 'value is not a valid float', type: 'type_error.float' },
        ],
      },
    },
  },
});
