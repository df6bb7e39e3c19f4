import { request, Agent } from 'node:http';

export const password = 'correct horse 1';
const AT_ONCE = 8;
/** Nothing that the bench asks for takes so long where it works at all. */
const LIMIT_MS = 120_000;

/** A client of one server that keeps its connections. */
export function createClient(url) {
  const agent = new Agent({ keepAlive: true });

  /** One request; `body` goes as JSON. @returns status, headers, text and the answer as JSON where it is some */
  async function send(method, path, { cookie, body, headers = {} } = {}) {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const all = {
      ...(cookie ? { cookie } : {}),
      ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}),
      ...headers,
    };
    try {
      return await sendOnce({ method, path, headers: all, text });
    } catch (error) {
      // The server had just closed a kept connection: the request never reached it.
      if (!error.isOldConnection) throw error;
      return sendOnce({ method, path, headers: all, text });
    }
  }

  function sendOnce({ method, path, headers, text }) {
    return new Promise((resolve, reject) => {
      const call = request(new URL(path, url), { method, headers, agent }, (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('error', reject);
        answer.on('end', () => resolve(answerOf(answer, Buffer.concat(parts).toString())));
      });
      call.setTimeout(LIMIT_MS, () => call.destroy(new Error(`${method} ${path} was not answered`)));
      call.on('error', (error) => {
        const isOldConnection = error.code === 'ECONNRESET' && call.reusedSocket;
        reject(Object.assign(error, { isOldConnection, message: `${method} ${path}: ${error.message}` }));
      });
      call.end(text);
    });
  }

  /** The same, for what has to work. @throws Error with what the server said */
  async function expect(status, method, path, options) {
    const answer = await send(method, path, options);
    if (answer.status !== status)
      throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text.slice(0, 300)}`);
    return answer;
  }

  return {
    send,
    expect,
    close: () => agent.destroy(),

    /** Makes an account. @returns its session cookie */
    async signUp(username) {
      const { headers } = await expect(200, 'POST', '/register', { body: { username, password } });
      return headers['set-cookie'][0].split(';')[0];
    },

    /** @returns the session cookie of somebody who has an account */
    async signIn(username) {
      const { headers } = await expect(200, 'POST', '/login', { body: { username, password } });
      return headers['set-cookie'][0].split(';')[0];
    },

    /** An empty conversation. @returns its id */
    async begin(cookie) {
      const { json } = await expect(201, 'POST', '/conversations', { cookie, body: {} });
      return json.id;
    },
  };
}

function answerOf({ statusCode: status, headers }, text) {
  const isJson = /json/.test(headers['content-type'] ?? '');
  return { status, headers, text, json: isJson ? JSON.parse(text) : undefined };
}

/** Runs `work` for each item, a few at a time. @returns the results in order */
export async function mapSome(items, work, atOnce = AT_ONCE) {
  const results = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift())
      results[next[0]] = await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}
