/** A file of the archive that a message names: its entry, or none when the archive does not have it. */
export type NamedFile = { entry: string | null; name: string };

export type ImportedImage = {
  file: NamedFile;
  status: 'ready' | 'failed';
  prompt: string;
  firstPrompt: string;
  newPrompt: string | null;
  title: string | null;
  favourite: boolean;
  model: string | null;
  size: string | null;
  quality: string | null;
  background: string | null;
  /** Milliseconds since 1970. */
  createdAt: number;
};

export type ImportedAttachment = {
  file: NamedFile | null;
  kind: 'image' | 'text' | 'pdf';
  name: string;
  type: string;
  bytes: number;
  /** In pixels, before it was made smaller. */
  originalWidth: number | null;
  originalHeight: number | null;
  pages: number | null;
  tokens: number | null;
  text: string | null;
  createdAt: number;
};

export type ImportedMessage = {
  /** Its id in the product that it comes from; unique in its conversation. */
  externalId: string;
  /** null: a first message. */
  parentId: string | null;
  role: 'user' | 'assistant' | 'hidden';
  kind: 'text' | 'image';
  content: string;
  status: string | null;
  finishReason: string | null;
  /** As JSON, like `variant`. */
  error: string | null;
  model: string | null;
  variant: string | null;
  branchName: string | null;
  usage: { promptTokens: number | null; completionTokens: number | null; isEstimated: boolean } | null;
  thinking: { text: string; ms: number | null; tokens: number | null } | null;
  /** It was copied from another conversation, and is no question of its own. */
  isCopy: boolean;
  createdAt: number;
  endedAt: number | null;
  attachments: ImportedAttachment[];
  images: ImportedImage[];
};

/** What a conversation goes on from: that one's source and id there, null when it is gone. */
export type ImportedOrigin = {
  kind: 'fork' | 'summary';
  from: { source: string; externalId: string } | null;
  /** What models are told of it. */
  summary: string | null;
};

/** A conversation of any product in the form in which it is stored. */
export type ImportedConversation = {
  /** Which product it comes from. */
  source: string;
  externalId: string;
  title: string;
  isOwnTitle: boolean;
  summary: string | null;
  summaryMessageId: string | null;
  model: string | null;
  systemPrompt: string | null;
  /** As JSON. */
  parameters: string;
  pinned: boolean;
  archived: boolean;
  origin: ImportedOrigin | null;
  /** Of the message at the end of the branch that is shown; null where none is, undefined where the newest one is meant. */
  currentId: string | null | undefined;
  createdAt: number;
  updatedAt: number;
  /** A parent comes before its children; hidden ones hang from the nearest message that is shown. */
  messages: ImportedMessage[];
};

/** What an archive holds that Salon has no place for; each is told in the report. */
export type Notice = { what: string; why: NoticeReason };
export type NoticeReason =
  | 'unreadable'
  | 'too_large'
  | 'unknown_format'
  | 'cut_off'
  | 'no_messages'
  | 'image_missing'
  | 'image_unreadable'
  | 'file_missing'
  | 'file_kind'
  | 'quota'
  | 'unknown_part'
  | 'audio'
  | 'project_unlinked'
  | 'side_file'
  | 'in_trash';

/** A message with nothing in it but what every one needs. */
export function plainMessage({
  externalId,
  parentId,
  role,
  content,
  createdAt,
}: Pick<ImportedMessage, 'externalId' | 'parentId' | 'role' | 'content' | 'createdAt'>): ImportedMessage {
  return {
    externalId,
    parentId,
    role,
    content,
    createdAt,
    kind: 'text',
    status: role === 'assistant' ? 'complete' : null,
    finishReason: null,
    error: null,
    model: null,
    variant: null,
    branchName: null,
    usage: null,
    thinking: null,
    isCopy: false,
    endedAt: null,
    attachments: [],
    images: [],
  };
}

/** An image of another product, of which little is known. */
export function plainImage(
  file: NamedFile,
  image: Pick<ImportedImage, 'prompt' | 'model' | 'createdAt'>,
): ImportedImage {
  return {
    ...image,
    file,
    status: 'ready',
    firstPrompt: image.prompt,
    newPrompt: null,
    title: null,
    favourite: false,
    size: null,
    quality: null,
    background: null,
  };
}
