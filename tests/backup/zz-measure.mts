import Sqlite from 'better-sqlite3';
import { spawnSalon } from '../support/process.ts';
import { signUpAt } from '../support/chat.ts';
import { mkdirSync, writeFileSync, statSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
const s = await spawnSalon(); const dir = s.dir;
const ana = await signUpAt(s.url, 'ana');
const c = await ana.call<{id:string}>('POST','/conversations',{title:'x'});
await s.kill('SIGTERM');
const db = new Sqlite(dir + '/data/salon.db');
const uid = db.prepare('select id from users').pluck().get();
const ins = db.prepare("insert into messages (id, conversation_id, owner_id, seq, role, content, status, created_at) values (?,?,?,?,'assistant',?,'complete',1)");
db.transaction(() => { for (let i=0;i<120000;i++) ins.run('m'+i, (c.body as {id:string}).id, uid, 1000+i, randomBytes(2000).toString('hex')); })();
mkdirSync(dir+'/images/2026',{recursive:true});
const im = db.prepare("insert into images (id, owner_id, status, filename, path, prompt, first_prompt, format, bytes, sha256, created_at) values (?,?,'ready',?,?,'p','p','png',?,?,1)");
for (let i=0;i<300;i++){ const b=randomBytes(2_000_000); writeFileSync(`${dir}/images/2026/p${i}.png`, b); im.run('i'+i, uid, `p${i}.png`, `2026/p${i}.png`, b.length, null); }
db.close();
const salon = await spawnSalon({ dir });
const me = ana.at(salon.url);
async function probe(label: string, until: Promise<unknown>) {
  let over = false; void until.then(() => (over = true));
  const reads: number[] = [], writes: number[] = [];
  const loop = async (list: number[], f: () => Promise<unknown>) => { while (!over) { const b = performance.now(); await f(); list.push(performance.now()-b); await new Promise(r=>setTimeout(r,10)); } };
  const t = performance.now();
  await Promise.all([loop(reads, () => fetch(salon.url+'/readyz')), loop(writes, () => me.call('POST','/conversations',{title:'t'}))]);
  const q = (l: number[], p: number) => l.sort((a,b)=>a-b)[Math.floor((l.length-1)*p)]?.toFixed(1);
  console.log(label, 's', ((performance.now()-t)/1000).toFixed(1), 'read p50/p99/max', q(reads,.5), q(reads,.99), q(reads,1), 'write', q(writes,.5), q(writes,.99), q(writes,1));
}
await probe('idle', new Promise(r=>setTimeout(r,4000)));
for (const _ of [1,2]) {
await me.call('POST','/admin/backup');
await probe('backup', (async () => { for(;;){ const { body } = await me.call<{running:unknown, last:unknown}>('GET','/admin/backup'); if (!body.running) { console.log(JSON.stringify(body.last)); return; } await new Promise(r=>setTimeout(r,300)); } })());
}
console.log('db', statSync(dir+'/data/salon.db').size/1e6, 'wal', statSync(dir+'/data/salon.db-wal').size/1e6);
await salon.remove();
