/** Which kinds of what somebody has a caller may see. */
export type ContentKinds = { conversations: boolean; images: boolean };
