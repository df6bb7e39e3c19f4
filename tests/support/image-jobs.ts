import type { Agent } from './salon.ts';
import { waitFor } from './wait.ts';

export type ImageJob = {
  id: string;
  status: string;
  progress: number;
  images: { image_url: string; filename: string; format: string }[];
  error?: { code: string; message: string };
};

/** Asks for images by JSON and follows their jobs; `whose` says who asks, who may have signed in again meanwhile. */
export function imageJobs(whose: () => Agent) {
  const enqueue = async (body: object, agent = whose()) =>
    (await agent.post('/images').send(body).expect(202)).body.job as ImageJob;
  const look = async (id: string, agent = whose()) =>
    (await agent.get(`/jobs/${id}`).expect(200)).body as ImageJob;
  const waitUntil = (id: string, agent: Agent, matches: (status: string) => boolean) =>
    waitFor(async () => {
      const job = await look(id, agent);
      return matches(job.status) && job;
    });
  const over = (id: string, agent = whose()) =>
    waitUntil(id, agent, (status) => !['queued', 'running'].includes(status));
  return {
    enqueue,
    look,
    /** Waits for a status. */
    until: (id: string, wanted: string) => waitUntil(id, whose(), (status) => status === wanted),
    /** Waits for the end, whatever it is. */
    over,
    /** Asks, and waits for the end. */
    make: async (body: object, agent = whose()) => over((await enqueue(body, agent)).id, agent),
  };
}
