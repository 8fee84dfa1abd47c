import assert from "node:assert/strict";
import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { longestText } from "../marked";
import {
  endingExceptions,
  exceptionsComment,
  exceptionsMark,
  holds,
  type EndingException,
  type Exception,
} from ".";

const exception: Exception = {
  id: "CVE-2024-45490",
  scope: "pkg:deb/debian/libexpat1",
  owner: "@acme/web",
  reason: "every document is our own",
  until: "2026-12-05",
};
const now = new Date("2026-11-25T12:00:00Z");
const todost = (...exceptions: readonly Partial<Exception>[]) => [
  { name: "todost", exceptions: exceptions.map((changes) => ({ ...exception, ...changes })) },
];

describe("exceptions that end", () => {
  it("are those that are over and those whose last day is at most 14 days off, the first to end first", () => {
    const days = ["2026-12-09", "2026-11-24", "2026-11-25", "2026-12-10"];
    assert.deepEqual(
      endingExceptions(todost(...days.map((until) => ({ until }))), now).map(({ exception, ended }) => [
        exception.until,
        ended,
      ]),
      [
        ["2026-11-24", true],
        ["2026-11-25", false],
        ["2026-12-09", false],
      ],
    );
  });

  it("are over just when the gate lets nothing through for them any more", () => {
    const day = fc.date({ min: new Date("2026-11-01"), max: new Date("2026-12-31"), noInvalidDate: true });
    fc.assert(
      fc.property(day, day, (end, at) => {
        const one = { ...exception, until: end.toISOString().slice(0, 10) };
        const [told] = endingExceptions([{ name: "todost", exceptions: [one] }], at);
        assert.equal(told?.ended ?? false, !holds(one, at));
      }),
    );
  });
});

describe("the comment of exceptions that end", () => {
  it("is none where there is nothing to tell", () => {
    assert.equal(exceptionsComment(endingExceptions(todost({ until: "2027-06-30" }), now)), undefined);
  });

  it("names service, vulnerability, package, last day, owner and reason, and what becomes of it", () => {
    const text = exceptionsComment(endingExceptions(todost({}), now)) ?? assert.fail("nothing to tell");
    assert.equal(text.split("\n")[0], exceptionsMark);
    assert.match(
      text,
      /^\| `todost` \| `CVE-2024-45490` \| `pkg:deb\/debian\/libexpat1` \| `2026-12-05` \| `@acme\/web` \| `every document is our own` \|$/m,
    );
    assert.match(text, /the gate blocks/);
    assert.doesNotMatch(text, /ended/);
    const over = exceptionsComment(endingExceptions(todost({ until: "2026-11-01" }), now)) ?? "";
    assert.match(over, /`2026-11-01`, \*\*ended\*\* \|/);
    assert.doesNotMatch(over, /the gate blocks/);
  });

  it("stays the same from day to day, so that it isn't written again for nothing", () => {
    const on = (day: string) => exceptionsComment(endingExceptions(todost({}), new Date(day)));
    assert.equal(on("2026-11-25T00:00:00Z"), on("2026-12-05T23:59:59Z"));
    assert.notEqual(on("2026-12-05T23:59:59Z"), on("2026-12-06T00:00:00Z"));
  });

  it("shows whatever a declaration says as text, within what GitHub takes", () => {
    const markdown = new MarkdownIt({ html: true, linkify: true });
    const hostile = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("@acme/web", "<img src=x>", "a|b", "`"),
    );
    const ending: fc.Arbitrary<EndingException> = fc.record({
      service: hostile,
      exception: fc.record({ id: hostile, scope: hostile, owner: hostile, reason: hostile, until: hostile }),
      ended: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(ending, { minLength: 1, maxLength: 5 }), (all) => {
        const text = exceptionsComment(all) ?? "";
        const html = markdown.render(text.replace(exceptionsMark, ""));
        assert.doesNotMatch(html, /<(?!\/?(h3|p|ul|li|table|thead|tbody|tr|th|td|code|strong)\b)/, html);
        assert.equal(html.match(/<tr>/g)?.length, all.length + 1);
      }),
    );
    const many = Array.from({ length: 2_000 }, (_, index) => ({
      id: `CVE-2026-${index}`,
      until: "2026-12-01",
    }));
    const long = exceptionsComment(endingExceptions(todost(...many), now)) ?? "";
    assert.ok(long.length <= longestText);
    assert.match(long, /\| \d+ more exceptions \|[ |]*$/);
  });
});
