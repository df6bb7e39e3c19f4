import http, { type IncomingHttpHeaders } from 'node:http';

export type RawAnswer = {
  status: number;
  headers: IncomingHttpHeaders;
  rawHeaders: string[];
  bytes: Buffer;
  text: string;
};

/** One request as it is, without following, decoding or default headers: for Host, odd methods and raw bytes. */
export function rawRequest(
  url: string,
  options: {
    method?: string;
    path?: string;
    headers?: Record<string, string | string[]>;
    body?: string | Buffer | undefined;
  } = {},
): Promise<RawAnswer> {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        hostname,
        port,
        path: options.path ?? pathname,
        method: options.method ?? 'GET',
        headers: options.headers,
        agent: false,
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(parts);
          const { headers, rawHeaders, statusCode: status = 0 } = response;
          resolve({ status, headers, rawHeaders, bytes, text: bytes.toString() });
        });
      },
    );
    request.on('error', reject);
    request.end(options.body);
  });
}

/** The cookie that an answer sets, as `name=value`. */
export function cookieOf(headers: { 'set-cookie'?: string[] | string | undefined }): string {
  const [first = ''] = [headers['set-cookie'] ?? []].flat();
  return first.split(';')[0] ?? '';
}
