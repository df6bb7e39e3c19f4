// `npm run seed -- --user NAME` fills an account of a Salon that does not run, to try things on a large one.
//   --messages 1000000    in conversations of ten     --long 5000    messages in one more conversation
//   --data FOLDER         instead of ./data
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fill } from './seed.mjs';

const { values } = parseArgs({
  options: {
    user: { type: 'string' },
    messages: { type: 'string', default: '1000000' },
    long: { type: 'string', default: '5000' },
    data: { type: 'string', default: './data' },
  },
});
if (!values.user) throw new Error('Say whose account: npm run seed -- --user NAME');
const begun = performance.now();
const counts = { messages: Number(values.messages), longMessages: Number(values.long) };
fill(join(values.data, 'salon.db'), { username: values.user, ...counts });
console.log(
  `${counts.messages + counts.longMessages} messages in ${Math.round((performance.now() - begun) / 1000)} s`,
);
