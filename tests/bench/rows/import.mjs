import { randomBytes } from 'node:crypto';
import { createWriteStream, openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ZipArchive } from 'archiver';
import { both, short } from '../numbers.mjs';
import { rssMb } from '../proc.mjs';
import { createTexts } from '../seed-texts.mjs';
import { questionsOf } from '../streaming.mjs';

const STREAMS = 50;
const TOKENS = 1000;
/** Of the archive: the row of the goals has ten times as much, which takes as many times as long. */
const FULL = { conversations: 2000, images: 200 };
const QUICK = { conversations: 400, images: 40 };
const MESSAGES = 10;
/** About 5 kB. */
const MESSAGE_WORDS = 640;
const IMAGE_BYTES = 60_000;
const LOOK_MS = 100;

/** An archive of ChatGPT is imported beside streams: memory, lag of the streams, speed. */
export async function imports({ setting, streaming }) {
  const path = join(setting.dir, 'chatgpt.zip');
  const size = setting.quick ? QUICK : FULL;
  const bytes = await writeArchive(path, size);
  const server = await setting.startSalon('import');
  const cookie = await server.signUp('one');
  const run = async () => {
    const content = `Tell [[tps=50 n=${TOKENS} para=40]]`;
    const requests = await questionsOf(server, { cookies: [cookie], count: STREAMS, content });
    const plan = { url: server.url, pid: server.pid, requests, follow: true, streams: STREAMS };
    return streaming.load({ ...plan, expect: TOKENS, rampMs: 1000, sample: STREAMS });
  };
  const quiet = await run();
  const running = run();
  await sleep(2000);
  const imported = await importOnce(server, cookie, path);
  const busy = await running;
  await server.stop();
  const ratio = busy.lag.p99 / quiet.lag.p99;
  const megabytes = bytes / 1e6;
  const speed = megabytes / imported.seconds;
  return [
    {
      what: `memory while an archive of ${Math.round(megabytes)} MB is imported beside ${STREAMS} streams`,
      bar: '≤ 250 MB',
      measured: `${short(imported.mostMb, 'MB')}, ${imported.added} conversations, ${imported.images} images`,
      value: imported.mostMb,
      holds:
        imported.mostMb <= 250 && imported.added === size.conversations && imported.images === size.images,
    },
    {
      what: `lag of ${STREAMS} streams meanwhile`,
      bar: 'p99 ≤ 1.5 × without',
      measured: both(busy.lag, 'ms'),
      direct: `${both(quiet.lag, 'ms')} without`,
      ratio,
      value: busy.lag.p99,
      holds: busy.isComplete && ratio <= 1.5,
    },
    {
      what: 'speed of the import',
      bar: '≥ 10 MB/s',
      measured: short(speed, 'MB/s'),
      value: speed,
      holds: speed >= 10,
    },
  ];
}

/** @returns the bytes of what is in it, unpacked */
async function writeArchive(path, { conversations, images }) {
  const zip = new ZipArchive({ zlib: { level: 1 } });
  const words = createTexts(1);
  let bytes = 0;
  function* text() {
    for (let i = 0; i < conversations; i += 1) {
      const piece = (i === 0 ? '[' : ',') + JSON.stringify(conversation(i, i < images, words));
      bytes += Buffer.byteLength(piece);
      yield piece;
    }
    yield ']';
  }
  zip.append(Readable.from(text(), { objectMode: false }), { name: 'conversations.json' });
  for (let i = 0; i < images; i += 1) zip.append(await image(), { name: `file_${i}.dat`, store: true });
  await Promise.all([pipeline(zip, createWriteStream(path)), zip.finalize()]);
  return bytes + images * IMAGE_BYTES;
}

/** Noise, which no format makes smaller. */
async function image() {
  const { default: sharp } = await import('sharp');
  const side = 140;
  return sharp(randomBytes(side * side * 3), { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

function conversation(number, hasImage, text) {
  const mapping = { root: { id: 'root', parent: null } };
  for (let i = 0; i < MESSAGES; i += 1) {
    const pointer = { content_type: 'image_asset_pointer', asset_pointer: `sediment://file_${number}` };
    const isPicture = hasImage && i === MESSAGES - 1;
    const content = isPicture
      ? { content_type: 'multimodal_text', parts: [pointer] }
      : { content_type: 'text', parts: [text(MESSAGE_WORDS)] };
    const role = isPicture ? 'tool' : i % 2 === 0 ? 'user' : 'assistant';
    const message = { author: { role }, create_time: 1_700_000_000 + i, content, metadata: {} };
    mapping[`m${i}`] = { parent: i === 0 ? 'root' : `m${i - 1}`, message };
  }
  const times = { create_time: 1_700_000_000, update_time: 1_700_001_000 };
  return {
    id: `c${number}`,
    title: `Conversation ${number}`,
    ...times,
    current_node: `m${MESSAGES - 1}`,
    mapping,
  };
}

async function importOnce(server, cookie, path) {
  const body = new FormData();
  body.set('file', await openAsBlob(path), 'chatgpt.zip');
  const headers = { cookie, accept: 'application/json' };
  let mostMb = 0;
  const begun = performance.now();
  const answer = await fetch(`${server.url}/import`, { method: 'POST', headers, body });
  let { job } = await answer.json();
  while (job.status === 'queued' || job.status === 'running') {
    mostMb = Math.max(mostMb, rssMb(server.pid));
    await sleep(LOOK_MS);
    job = (await server.expect(200, 'GET', `/jobs/${job.id}`, { cookie })).json;
  }
  const seconds = (performance.now() - begun) / 1000;
  return { mostMb, seconds, added: job.added ?? 0, images: job.counts?.images ?? 0 };
}
