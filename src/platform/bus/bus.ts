/** Messages between the parts of a running Salon (and later between its machines). Delivered in order, not kept. */
export interface Bus {
  publish(channel: string, message: unknown): void;
  /** @returns a function that ends the subscription */
  subscribe(channel: string, listener: (message: never) => void): () => void;
}
