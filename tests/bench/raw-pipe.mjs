// The least that a relay can do: `PORT=9200 UPSTREAM=http://127.0.0.1:9100 node tests/bench/raw-pipe.mjs`. It passes
// every request on and pipes the answer back, without sign-in, storage or rendering.
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true });
const upstream = new URL(process.env.UPSTREAM);

const server = http.createServer((req, res) => {
  const { method, url: path, headers } = req;
  const call = http.request(
    { host: upstream.hostname, port: upstream.port, method, path, headers, agent },
    (answer) => {
      res.writeHead(answer.statusCode, answer.headers);
      answer.pipe(res);
    },
  );
  call.on('error', () => res.destroy());
  req.pipe(call);
});
server.listen(Number(process.env.PORT), '127.0.0.1', 8192);
