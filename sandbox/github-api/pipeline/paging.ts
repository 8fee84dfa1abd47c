/** One page of a list, and the Link header that leads to the others. */
import type { Reply } from "../handlers/call";
import type { Request } from "./request";

const standardSize = 30;
const largestSize = 100;

export interface Page {
  readonly body: unknown;
  readonly headers: Record<string, string>;
}

/** @param origin the scheme and host that the client used */
export function pageOf(list: NonNullable<Reply["list"]>, request: Request, origin: string): Page {
  const size = Math.min(number(request.query.get("per_page"), standardSize), largestSize);
  const page = number(request.query.get("page"), 1);
  const items = list.items.slice((page - 1) * size, page * size);
  const last = Math.max(1, Math.ceil(list.items.length / size));
  const body = list.key === undefined ? items : { total_count: list.items.length, [list.key]: items };
  const relations: [string, number][] = [];
  if (page > 1) relations.push(["prev", Math.min(page - 1, last)]);
  if (page < last) relations.push(["next", page + 1], ["last", last]);
  if (page > 1) relations.push(["first", 1]);
  const links = relations.map(([name, to]) => `<${pageUrl(request, origin, to)}>; rel="${name}"`);
  return { body, headers: links.length === 0 ? {} : { Link: links.join(", ") } };
}

function pageUrl(request: Request, origin: string, page: number): string {
  const query = new URLSearchParams(request.query);
  query.set("page", String(page));
  return `${origin}${request.prefix}${request.path}?${query}`;
}

function number(raw: string | null, otherwise: number): number {
  const value = Number(raw);
  return raw !== null && Number.isInteger(value) && value > 0 ? value : otherwise;
}
