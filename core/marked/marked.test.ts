import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { PlatformError } from "../errors";
import { decide, mark, ownText, type Text } from "./index";

const own = mark("preview");
const bot = "github-actions[bot]";
const text = (id: number, body: string, author = bot): Text => ({ id, author, body });

describe("a marker", () => {
  it("is an HTML comment that no subject can end", () => {
    assert.equal(mark("drift", "prod"), "<!-- ghcr-platform: drift prod -->");
    for (const subject of ["a --> b", "<b>", "a--b", "-", "", "a\nb"]) {
      assert.throws(() => mark("drift", subject === "" ? "-" : subject), PlatformError);
    }
  });
});

describe("the platform's own text", () => {
  it("is the oldest of its author that starts with the marker", () => {
    const texts = [text(9, `${own}\nlater`), text(4, `${own}\r\nearlier`), text(1, `Look: ${own}`)];
    assert.equal(ownText(texts, "GitHub-Actions[bot]", own)?.id, 4);
  });

  it("is never one of somebody else's, who could change it", () => {
    assert.equal(ownText([text(1, `${own}\nnothing changes`, "mallory")], bot, own), undefined);
  });

  it("is not one of another kind, nor one whose marker goes on", () => {
    assert.equal(ownText([text(1, mark("drift")), text(2, `${own} more`)], bot, own), undefined);
  });
});

describe("what is done about it", () => {
  it("is nothing where it says the same, whatever the ends of its lines", () => {
    const found = text(1, `${own}\r\na\r\n`);
    assert.deepEqual(decide(found, `${own}\na`), { do: "nothing", text: found });
  });

  it("is one write, after which there is nothing to do", () => {
    fc.assert(
      fc.property(fc.option(fc.string(), { nil: undefined }), fc.string(), (before, after) => {
        const found = before === undefined ? undefined : text(1, `${own}\n${before}`);
        const decision = decide(found, `${own}\n${after}`);
        assert.equal(decision.do === "create", found === undefined);
        assert.equal(decide(text(1, `${own}\n${after}`), `${own}\n${after}`).do, "nothing");
      }),
    );
  });

  it("is to close what has nothing to tell any more, if there is something", () => {
    const found = text(1, own);
    assert.deepEqual(decide(found, undefined), { do: "close", text: found });
    assert.equal(decide(undefined, undefined).do, "nothing");
  });
});
