/** What text, or bytes in UTF-8, says as JSON; undefined: it is no JSON. */
export function parseJson(content: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof content === "string" ? content : utf8.decode(content));
  } catch {
    return undefined;
  }
}

/** JSON begins with no byte order mark (RFC 8259, section 8.1), so none is taken off. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
