import type { CommandIo } from './command.ts';

/** The input and output of this process, for one-shot commands. */
export function openTerminal(): CommandIo {
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    askSecret: (question) => (process.stdin.isTTY ? askHidden(question) : readFirstLine()),
  };
}

const ENTER = ['\r', '\n', '\u0004'];
const BREAK = '\u0003';
const BACKSPACE = ['\u007f', '\b'];

/** Reads a line key by key, so that the terminal shows none of them. @throws Error when broken off with Ctrl-C */
function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  return new Promise((resolve, reject) => {
    let typed = '';
    const end = () => {
      stdin.off('data', take);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
    };
    function take(chunk: string | Buffer): void {
      for (const key of chunk.toString()) {
        if (ENTER.includes(key)) {
          end();
          return resolve(typed);
        }
        if (key === BREAK) {
          end();
          return reject(new Error('broken off'));
        }
        typed = BACKSPACE.includes(key) ? Array.from(typed).slice(0, -1).join('') : typed + key;
      }
    }
    stdin.on('data', take);
    stdin.resume();
  });
}

/** The first line of a pipe or a file. */
async function readFirstLine(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}
