import type { ModelServer } from '../support/model-server.ts';
import { pictureJobs } from '../support/picture-jobs.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { pictureSettings, setUpSalon } from '../support/set-up.ts';

/** A Salon for the tests of a file about pictures. @returns how Ana asks for some, and what was sent for a prompt */
export function setUpPictures(
  ready: (opened: { salon: Salon; server: ModelServer; ana: Agent }) => void,
  settings: Record<string, string> = {},
) {
  let ana: Agent;
  let server: ModelServer;
  setUpSalon(
    (opened) => {
      ({ ana, server } = opened);
      ready(opened);
    },
    { ...pictureSettings, ...settings },
  );
  return {
    ...pictureJobs(() => ana),
    /** The calls for pictures of exactly this prompt. */
    sentFor: (prompt: string) => server.calls().filter(({ body }) => body['prompt'] === prompt),
  };
}
