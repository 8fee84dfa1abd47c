/**
 * `sandbox/node tests/comment-picture.ts FILE.jsonl… [--out FOLDER]` draws the comment of each recorded preview as
 * GitHub would show it, on a phone (390 px wide) and on a desktop (1280 px), to look at. Chromium comes from Debian.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import MarkdownIt from "markdown-it";
import { previewComment, previewOf, readEvents } from "../core/preview";
import { terminalProgress } from "../sandbox/progress";
import { ensureDebianPackages } from "../sandbox/toolchain";

const widths = { phone: 390, desktop: 1280 };

/** The parts of GitHub's style that decide how a comment reads: sizes, tables, code, alerts. */
const style = `
body { margin: 0; background: #fff; font: 14px/1.5 -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; color: #1f2328; }
main { max-width: 780px; margin: 16px auto; border: 1px solid #d1d9e0; border-radius: 6px; overflow: hidden; }
header { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; color: #59636e; }
article { padding: 16px; overflow-wrap: break-word; }
h3 { font-size: 1.25em; margin: 0 0 16px; line-height: 1.25; }
p, ul, table, details, blockquote { margin: 0 0 16px; }
ul { padding-left: 2em; }
table { border-collapse: collapse; display: block; width: max-content; max-width: 100%; overflow: auto; }
th, td { border: 1px solid #d1d9e0; padding: 6px 13px; }
tr:nth-child(2n) td { background: #f6f8fa; }
code { background: #818b981f; padding: .2em .4em; border-radius: 6px; font: 85% "DejaVu Sans Mono", monospace; white-space: break-spaces; }
blockquote { border-left: .25em solid #d1d9e0; padding: 0 1em; color: #59636e; }
blockquote.WARNING { border-color: #9a6700; color: inherit; } blockquote.CAUTION { border-color: #d1242f; color: inherit; }
blockquote ul, blockquote p:last-child { margin-bottom: 0; }
.title { font-weight: 500; } .WARNING .title { color: #9a6700; } .CAUTION .title { color: #d1242f; }
a { color: #0969da; } sub { font-size: 75%; }`;

function page(markdown: string, open: boolean): string {
  const html = new MarkdownIt({ html: true, linkify: true })
    .render(markdown)
    .replace(
      /<blockquote>\s*<p>\[!(WARNING|CAUTION)\]\n/g,
      '<blockquote class="$1"><p class="title">$1</p><p>',
    )
    .replaceAll("<details>", open ? "<details open>" : "<details>");
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>${style}</style>`;
  return `<!doctype html>${head}<main><header><b>github-actions</b> bot commented</header><article>${html}</article></main>`;
}

async function draw(logs: readonly string[], out: string): Promise<void> {
  await ensureDebianPackages(["chromium"], terminalProgress());
  mkdirSync(out, { recursive: true });
  for (const log of logs) {
    const preview = previewOf("prod", readEvents(log, readFileSync(log, "utf8")));
    const runUrl = "https://github.com/albeorla/ghcr-platform/actions/runs/1";
    const markdown = previewComment([preview], { commit: "4fa8d21".padEnd(40, "0"), runUrl });
    for (const [device, width] of Object.entries(widths)) {
      for (const state of ["folded", "open"]) {
        const name = join(out, `${basename(log, ".jsonl")}-${device}-${state}`);
        writeFileSync(`${name}.html`, page(markdown, state === "open"));
        screenshot(`${name}.html`, `${name}.png`, width);
        console.log(`${name}.png`);
      }
    }
  }
}

/** Headless Chromium draws no window narrower than 500 px, so the page goes into a frame of the wanted width. */
function screenshot(html: string, png: string, width: number): void {
  const frame = `${html}.frame.html`;
  const [height, window] = [1_000, Math.max(width, 500)];
  writeFileSync(
    frame,
    `<body style="margin:0"><iframe src="${basename(html)}" style="border:0;width:${width}px;height:${height}px"></iframe>`,
  );
  const { status, stderr } = spawnSync(
    "chromium",
    [
      ...[
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--allow-file-access-from-files",
      ],
      ...[`--window-size=${window},${height}`, `--screenshot=${png}`, `file://${frame}`],
    ],
    { encoding: "utf8", timeout: 120_000 },
  );
  if (status !== 0) throw new Error(`chromium ended with ${status}:\n${stderr}`);
}

if (require.main === module) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: "string" } } });
  void draw(
    positionals.map((file) => resolve(file)),
    resolve(values.out ?? join(".sandbox", "comments")),
  );
}
