/** What the front asks and tells the GitHub stand-in: it holds the accounts, the packages and the faults. */
import { Agent, request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import type { Accepted, Answered, Question, Verdict } from "../github-api/control-registry";

export class GitHubLink {
  // Asked twice for each request that the front answers: fetch would take longer than what it is asked for.
  readonly #agent = new Agent({ keepAlive: true });

  /** @param url of the stand-in, e.g. `http://127.0.0.1:18480` */
  constructor(private readonly url: string) {}

  async ask(question: Question): Promise<Verdict> {
    return JSON.parse(await this.#post("ask", question)) as Verdict;
  }

  /** Resolves when the package, its version and its tag are written. */
  async accepted(manifest: Accepted): Promise<void> {
    await this.#post("accepted", manifest);
  }

  async answered(request: Answered): Promise<void> {
    await this.#post("answered", request);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #post(what: string, body: unknown): Promise<string> {
    const address = new URL(`/_sandbox/registry/${what}`, this.url);
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const sent = request(address, { agent: this.#agent, method: "POST" }, resolve);
      sent.once("error", reject);
      sent.end(JSON.stringify(body));
    });
    const said = await text(answer);
    const status = answer.statusCode ?? 0;
    if (status < 200 || status > 299)
      throw new Error(`the GitHub stand-in refuses ${what}: ${status} ${said}`);
    return said;
  }
}
