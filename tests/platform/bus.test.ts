import { expect, it } from 'vitest';
import { channel } from '../../src/platform/bus/bus.ts';
import { createMemoryBus } from '../../src/platform/bus/memory.ts';

const numberChannel = channel<number>('number');
const alarmChannel = channel<{ text: string }>('alarm');

it('gives each listener of a channel its messages in order, until the listener leaves', () => {
  const bus = createMemoryBus();
  const heard: string[] = [];
  const leave = bus.subscribe(numberChannel('a'), (number) => heard.push(`first ${number.toFixed(1)}`));
  bus.subscribe(numberChannel('a'), (number) => heard.push(`second ${number.toFixed(1)}`));
  bus.subscribe(numberChannel('b'), () => heard.push('a message of another channel'));
  bus.subscribe(alarmChannel(), ({ text }) => heard.push(text));

  bus.publish(numberChannel('a'), 1);
  leave();
  bus.publish(numberChannel('a'), 2);
  bus.publish(alarmChannel(), { text: 'fire' });

  expect(heard).toEqual(['first 1.0', 'second 1.0', 'second 2.0', 'fire']);
});

it('lets the compiler refuse a message of another type', () => {
  const bus = createMemoryBus();
  // @ts-expect-error -- a text is no number
  bus.publish(numberChannel('a'), 'one');
  // @ts-expect-error -- a listener is given numbers
  bus.subscribe(numberChannel('a'), (message: string) => message.trim());
  expect(numberChannel('a').name).toBe('number:a');
});
