import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { RunningService, type Answer } from "#running-service";

interface Todo {
  id: number;
  title: string;
  done: boolean;
  createdAt: string;
  updatedAt: string;
}

/** Node 24 runs these, since the service needs it: `node --test "services/todost/test/*.test.mts"`. */
describe("todost", () => {
  let service: RunningService;
  before(() => {
    service = new RunningService({ VERSION: "1.2.3", REVISION: "abc1234" });
  });
  after(() => service.stopAndForget());

  const add = async (title: string, done = false): Promise<Todo> =>
    (await service.request("POST", "/todos", { title, done })).body as Todo;

  it("creates a to-do and says where it is", async () => {
    const created = await service.request("POST", "/todos", { title: "  Water the plants " });
    const todo = created.body as Todo;
    assert.equal(created.status, 201);
    assert.equal(created.headers.get("location"), `/todos/${todo.id}`);
    assert.deepEqual(
      { ...todo, createdAt: "", updatedAt: "" },
      { id: todo.id, title: "Water the plants", done: false, createdAt: "", updatedAt: "" },
    );
    assert.equal(todo.createdAt, todo.updatedAt);
    assert.deepEqual((await service.request("GET", `/todos/${todo.id}`)).body, todo);
  });

  it("changes only the fields that are named", async () => {
    const todo = await add("Old title");
    const done = (await service.request("PATCH", `/todos/${todo.id}`, { done: true })).body as Todo;
    assert.deepEqual([done.title, done.done], ["Old title", true]);
    const renamed = (await service.request("PATCH", `/todos/${todo.id}`, { title: "New title" }))
      .body as Todo;
    assert.deepEqual([renamed.title, renamed.done], ["New title", true]);
    const undone = (await service.request("PATCH", `/todos/${todo.id}`, { done: false })).body as Todo;
    assert.deepEqual([undone.title, undone.done], ["New title", false]);
  });

  it("deletes a to-do once, and never uses its id again", async () => {
    const todo = await add("Gone soon");
    assert.equal((await service.request("DELETE", `/todos/${todo.id}`)).status, 204);
    for (const method of ["GET", "DELETE"]) {
      assertError(await service.request(method, `/todos/${todo.id}`), 404, "not-found");
    }
    assertError(await service.request("PATCH", `/todos/${todo.id}`, { done: true }), 404, "not-found");
    assert.ok((await add("Next")).id > todo.id);
  });

  it("lists page by page, and by state", async () => {
    const mine = [await add("a"), await add("b", true), await add("c")];
    const start = mine[0]!.id - 1;
    const page = async (query: string) =>
      (await service.request("GET", `/todos?after=${start}&${query}`)).body as {
        todos: Todo[];
        next: number;
      };
    const ids = (list: readonly Todo[]) => list.map((todo) => todo.id);

    const first = await page("limit=2");
    assert.deepEqual([ids(first.todos), first.next], [ids(mine.slice(0, 2)), mine[1]!.id]);
    const whole = await page("limit=3");
    assert.deepEqual([ids(whole.todos), whole.next], [ids(mine), null]);
    assert.deepEqual(ids((await page("done=true")).todos), [mine[1]!.id]);
    assert.deepEqual(ids((await page("done=false")).todos), [mine[0]!.id, mine[2]!.id]);
  });

  it("keeps text as it was sent, whatever it holds", async () => {
    for (const title of ["Zoë 🙂", "'); DROP TABLE todos; --", '"quoted" \\ <b>', "x".repeat(200)]) {
      assert.equal((await add(title)).title, title);
    }
  });

  it("names every fault of a body at once", async () => {
    const answer = await service.request("POST", "/todos", { title: 7, done: "yes", colour: "red" });
    assert.equal(answer.status, 400);
    const { error } = answer.body as { error: { code: string; faults: { field: string }[] } };
    assert.equal(error.code, "invalid-input");
    assert.deepEqual(error.faults.map((fault) => fault.field).sort(), ["colour", "done", "title"]);
  });

  for (const [what, body] of [
    ["no title", {}],
    ["an empty title", { title: " \t " }],
    ["a title that is too long", { title: "x".repeat(201) }],
    ["control characters in the title", { title: "a\u0000b" }],
    ["half a surrogate pair", { title: "a\ud800" }],
    ["a list", [{ title: "a" }]],
    ["null", null],
    ["a string", "title"],
  ] as const) {
    it(`refuses to create from ${what}`, async () => {
      assertError(await service.request("POST", "/todos", body), 400, "invalid-input");
    });
  }

  it("refuses a change that names nothing", async () => {
    const todo = await add("Unchanged");
    assertError(await service.request("PATCH", `/todos/${todo.id}`, {}), 400, "invalid-input");
    assert.deepEqual((await service.request("GET", `/todos/${todo.id}`)).body, todo);
  });

  it("refuses a query that it doesn't know", async () => {
    for (const query of [
      "done=1",
      "limit=0",
      "limit=101",
      "limit=x",
      "after=-1",
      "order=id",
      "done=true&done=true",
    ]) {
      assertError(await service.request("GET", `/todos?${query}`), 400, "invalid-input");
    }
  });

  it("refuses a body that is not JSON, by content type and by content", async () => {
    assertError(await service.send("POST", "/todos", '{"title":', "application/json"), 400, "invalid-json");
    assertError(
      await service.send("POST", "/todos", new Uint8Array([0x22, 0xff, 0x22])),
      400,
      "invalid-json",
    );
    assertError(await service.send("POST", "/todos", "title=a", "text/plain"), 415, "unsupported-media-type");
    assertError(await service.request("POST", "/todos"), 415, "unsupported-media-type");
    const withCharset = await service.send(
      "POST",
      "/todos",
      '{"title":"a"}',
      "application/json; charset=utf-8",
    );
    assert.equal(withCharset.status, 201);
  });

  it("refuses a body that is too large, and the client sees why", async () => {
    for (const size of [17 * 1024, 3 * 1024 * 1024]) {
      const answer = await service.request("POST", "/todos", { title: "x".repeat(size) });
      assertError(answer, 413, "body-too-large");
    }
    assert.equal((await service.request("GET", "/healthz")).status, 200);
  });

  it("answers 404 for what is not there and 405 for what can't be done", async () => {
    for (const path of [
      "/",
      "/todos/",
      "/todos/0",
      "/todos/abc",
      "/todos/1/x",
      "/todos/9999999999999999999",
    ]) {
      assertError(await service.request("GET", path), 404, "not-found");
    }
    const refused = await service.request("PUT", "/todos");
    assertError(refused, 405, "method-not-allowed");
    assert.equal(refused.headers.get("allow"), "GET, POST");
  });

  it("says that it is healthy and what it was built from", async () => {
    assert.deepEqual((await service.request("GET", "/healthz")).body, { status: "ok" });
    assert.deepEqual((await service.request("GET", "/version")).body, {
      service: "todost",
      version: "1.2.3",
      revision: "abc1234",
      node: process.version,
    });
    assert.equal((await service.request("HEAD", "/healthz")).body, undefined);
  });
});

function assertError(answer: Answer, status: number, code: string): void {
  const body = answer.body as { error: { code: string; message: string } };
  assert.deepEqual([answer.status, body.error.code], [status, code], JSON.stringify(body));
  assert.ok(body.error.message.length > 0);
}
