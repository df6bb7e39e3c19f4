import type { ModelServer } from '../support/model-server.ts';
import { imageJobs } from '../support/image-jobs.ts';
import type { Agent, Salon } from '../support/salon.ts';
import { imageSettings, setUpSalon } from '../support/set-up.ts';

/** A Salon for the tests of a file about images. @returns how Ana asks for some, and what was sent for a prompt */
export function setUpImages(
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
    { ...imageSettings, ...settings },
  );
  return {
    ...imageJobs(() => ana),
    /** The calls for images of exactly this prompt. */
    sentFor: (prompt: string) => server.calls().filter(({ body }) => body['prompt'] === prompt),
  };
}
