import { short } from '../numbers.mjs';

export async function cleanBuild({ setting }) {
  const ms = await setting.build();
  return [
    {
      what: 'build from a clean checkout',
      bar: '≤ 15 s',
      measured: short(ms / 1000, 's'),
      value: ms,
      holds: ms <= 15_000,
    },
  ];
}
