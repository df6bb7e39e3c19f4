/** Far more than the text of any page takes; an image that is decoded here has its own limit. */
const MAX_BUFFER_BYTES = 64_000_000;

/**
 * Refuses very large buffers in this thread. The memory limit of a thread counts its objects, not its buffers: without
 * this, a few kilobytes of a packed stream could unpack to all the memory of the machine.
 */
export function limitBuffers(): void {
  globalThis.Uint8Array = new Proxy(Uint8Array, {
    construct(target, args: [unknown, ...unknown[]], newTarget) {
      if (typeof args[0] === 'number' && args[0] > MAX_BUFFER_BYTES)
        throw new RangeError('a file takes too much memory');
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
}
