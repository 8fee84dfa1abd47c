/**
 * The action's entry, run by the runner's own Node. It writes a starter for `ghcr.cjs`, which lies beside it, and puts
 * that starter's folder on the path of the steps that follow. GitHub sets RUNNER_TEMP and GITHUB_PATH:
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions#adding-a-system-path
 */
const { appendFileSync, existsSync, mkdtempSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const command = join(__dirname, "ghcr.cjs");
if (!existsSync(command)) {
  console.error(
    `::error::${command} is not there: use a release of the platform, or build it first (npm run bundle)`,
  );
  process.exit(1);
}
const bin = mkdtempSync(join(process.env.RUNNER_TEMP, "ghcr-"));
const quoted = [process.execPath, command].map((path) => `'${path.replaceAll("'", `'\\''`)}'`);
// A young generation of 16 MB: plans of large packages are as fast as with Node's own and take 90 MB less.
const [node, file] = quoted;
const starter = `#!/bin/sh\nexec ${node} --max-semi-space-size=16 ${file} "$@"\n`;
writeFileSync(join(bin, "ghcr"), starter, { mode: 0o755 });
appendFileSync(process.env.GITHUB_PATH, `${bin}\n`);
