/* global fetch */
// Run by git in a push, so plain JavaScript that starts at once. Input: "<old> <new> <ref>" lines.
import console from "node:console";
import process from "node:process";
import { text } from "node:stream/consumers";

const quarantine = ["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_QUARANTINE_PATH"];

try {
  // Not read at once (readFileSync): git may not have written them yet, and then there is an error instead of lines.
  const lines = (await text(process.stdin)).split("\n");
  const updates = lines
    .filter((line) => line !== "")
    .map((line) => line.split(" "))
    .map(([before, after, ref]) => ({ before, after, ref }));
  const env = Object.fromEntries(quarantine.map((name) => [name, process.env[name] ?? ""]));
  const answer = await fetch(process.env.SANDBOX_HOOK_URL, {
    method: "POST",
    body: JSON.stringify({ updates, env, push: process.env.SANDBOX_PUSH }),
  });
  const { problems } = await answer.json();
  for (const line of problems) console.error(line);
  process.exitCode = problems.length === 0 ? 0 : 1;
} catch (error) {
  console.error(`the sandbox could not check the push: ${error.message}`);
  process.exitCode = 1;
}
