/** GitHub's error answers. A handler throws one; whatever else is thrown is a defect of the stand-in. */

import type { Actor } from "../handlers/call";

/** One entry of a "Validation Failed" answer. */
export interface FieldError {
  readonly resource: string;
  readonly field?: string;
  /** `missing`, `missing_field`, `invalid`, `already_exists`, `unprocessable` or `custom` (with a message). */
  readonly code: string;
  readonly message?: string;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly more: {
      readonly errors?: readonly FieldError[];
      readonly headers?: Record<string, string>;
      /** Where the answer's link leads, if not to the operation's page. */
      readonly documentationUrl?: string;
    } = {},
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** The answer's body; the link leads to the operation's page where one is known. */
  body(documentationUrl: string | undefined): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.more.errors === undefined ? {} : { errors: this.more.errors }),
      documentation_url: this.more.documentationUrl ?? documentationUrl ?? "https://docs.github.com/rest",
      status: String(this.status),
    };
  }
}

export function notFound(message = "Not Found"): ApiError {
  return new ApiError(404, message);
}

export function validationFailed(...errors: readonly FieldError[]): ApiError {
  return new ApiError(422, "Validation Failed", { errors });
}

/** A permission that a token lacks: a fine-grained one, or an app's. */
export function notAccessible({ grant }: Actor, headers: Record<string, string> = {}): ApiError {
  const whose = grant.kind === "fine-grained" && grant.app ? "integration" : "personal access token";
  return new ApiError(403, `Resource not accessible by ${whose}`, { headers });
}
