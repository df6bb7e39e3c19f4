/** Every failure a person or a client can meet: its code and the HTTP status that belongs to it. */
export const errorStatus = {
  bad_request: 400,
  unknown_type: 400,
  key_file_missing: 400,
  unauthorized: 401,
  wrong_credentials: 401,
  forbidden: 403,
  cross_site: 403,
  /** Only for somebody signed in with a session: neither tokens nor API keys. */
  session_needed: 403,
  /** The API key was not made for this. */
  scope_missing: 403,
  registration_closed: 403,
  not_found: 404,
  link_invalid: 404,
  method_not_allowed: 405,
  conflict: 409,
  username_taken: 409,
  /** Another device saved another text meanwhile. */
  draft_changed: 409,
  last_admin: 409,
  own_account: 409,
  /** The account is closed for good, and on its way out. */
  being_deleted: 409,
  /** A question has one answer being written at a time. */
  answer_running: 409,
  /** A branch that cannot be copied: no answer in it is finished, or it has too many messages. */
  fork_empty: 409,
  fork_too_long: 422,
  /** Nothing was answered yet in the conversation. */
  summary_empty: 409,
  /** All one's data is being downloaded already. */
  export_running: 409,
  too_large: 413,
  /** A file that is to be imported: no export that is known, broken, or made to do harm. */
  archive_unknown: 422,
  archive_damaged: 422,
  archive_encrypted: 422,
  archive_unsafe: 422,
  /** Images for a model server, which takes none beyond these sizes. */
  image_too_large: 413,
  mask_too_large: 413,
  /** A file that cannot be attached. */
  attachment_too_large: 413,
  attachment_empty: 422,
  attachment_type: 422,
  attachment_unreadable: 422,
  attachment_pixels: 422,
  attachment_pages: 422,
  attachment_text: 422,
  attachment_encrypted: 422,
  attachment_scanned: 422,
  attachment_slow: 422,
  /** Named in a message, but removed or never one's own. */
  attachment_missing: 422,
  attachment_in_use: 409,
  model_without_vision: 422,
  misdirected: 421,
  invalid: 422,
  registration_key_invalid: 422,
  /** A question that does not fit into the context of its model, even alone. */
  question_too_long: 422,
  limited: 429,
  too_many_active: 429,
  too_many_streams: 429,
  header_too_large: 431,
  internal: 500,
  unavailable: 503,
  busy: 503,
  storage_full: 507,
  /** One's own room for images is used up. */
  quota_reached: 507,
  /** The model server: each cause has a sentence of its own that says what to do next. */
  upstream_failed: 502,
  upstream_unreachable: 502,
  upstream_key_refused: 502,
  upstream_key_missing: 502,
  /** The key is good, but not for this. */
  upstream_not_allowed: 502,
  upstream_no_credit: 502,
  upstream_limited: 502,
  upstream_model_missing: 502,
  upstream_too_long: 502,
  upstream_refused: 502,
  upstream_filtered: 502,
  upstream_bad_answer: 502,
  upstream_no_image: 502,
  upstream_image_unreadable: 502,
  upstream_image_url: 502,
  upstream_cut: 502,
  upstream_too_large: 502,
  upstream_timeout: 504,
  /** A paid call whose outcome nobody knows (the process ended while it ran); never repeated by itself. */
  outcome_unknown: 502,
  /** The process that wrote this reply or ran this job ended before it was done. */
  interrupted: 503,
  stopped: 409,
} as const;

export type ErrorCode = keyof typeof errorStatus;
export type ErrorParams = Record<string, string | number>;
export type FieldError = { field: string; message: string };

/**
 * The one error type. `code` picks status and sentence (`errors.<code>` in the word files), `params` fill the
 * sentence, `fields` name wrong fields (422), `retryAfterSeconds` becomes the `Retry-After` header.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly params: ErrorParams;
  readonly fields: FieldError[];
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    options: {
      params?: ErrorParams;
      fields?: FieldError[];
      retryAfterSeconds?: number;
      cause?: unknown;
    } = {},
  ) {
    super(code, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.params = options.params ?? {};
    this.fields = options.fields ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return errorStatus[this.code];
  }
}

export const notFound = () => new AppError('not_found');

/** A field is wrong: `message` is a key under `fields.` in the word files. */
export const invalid = (field: string, message: string, params: ErrorParams = {}) =>
  new AppError('invalid', { fields: [{ field, message }], params });

/** Narrows anything thrown to an AppError with one of the given codes (any code when none is given). */
export function isAppError(error: unknown, ...codes: ErrorCode[]): error is AppError {
  return error instanceof AppError && (codes.length === 0 || codes.includes(error.code));
}
