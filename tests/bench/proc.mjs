import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in these units. */
const TICKS_PER_SECOND = 100;

/** Processor time of a process with all its threads, in milliseconds; 0 without a process. */
export function cpuMs(pid) {
  // The name of the program, in brackets, may hold spaces: what follows it is split.
  const fields = read(pid, 'stat')
    .replace(/^.*\) /s, '')
    .split(' ');
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  return (ticks * 1000) / TICKS_PER_SECOND;
}

/** Processor time of the threads that a process has now, in milliseconds, exact enough for a single page. */
export function threadsMs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const times = threads.map((thread) => Number(read(pid, `task/${thread}/schedstat`).split(' ')[0]));
  return times.reduce((sum, time) => sum + time, 0) / 1e6;
}

/** Memory of a process that is in use now, in megabytes; 0 without a process. */
export function rssMb(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(read(pid, 'status'))?.[1] ?? 0) / 1024;
}

function read(pid, name) {
  if (!pid) return '';
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
