/** Messages between the parts of a running Salon (and later between its machines). Delivered in order, not kept. */
export interface Bus {
  publish<Message>(channel: Channel<Message>, message: NoInfer<Message>): void;
  /** @returns a function that ends the subscription */
  subscribe<Message>(channel: Channel<Message>, listener: (message: Message) => void): () => void;
}

declare const messageType: unique symbol;

/** Where messages of one type go. An adapter sees the name alone, and messages that survive JSON. */
export type Channel<Message> = { readonly name: string; readonly [messageType]?: Message };

/**
 * Declares the channels of a family, one for each id: `const replyChannel = channel<ReplyNews>('reply')`, then
 * `replyChannel(id)`. Without an id it is the one channel of that name. `null` is the message of a bare signal.
 */
export function channel<Message>(family: string): (id?: string) => Channel<Message> {
  return (id) => ({ name: id === undefined ? family : `${family}:${id}` });
}
