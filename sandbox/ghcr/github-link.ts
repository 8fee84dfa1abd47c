/** What the front asks and tells the GitHub stand-in: it holds the accounts, the packages and the faults. */
import type { Accepted, Answered, Question, Verdict } from "../github-api/control-registry";

export class GitHubLink {
  /** @param url of the stand-in, e.g. `http://127.0.0.1:18480` */
  constructor(private readonly url: string) {}

  async ask(question: Question): Promise<Verdict> {
    return (await (await this.#post("ask", question)).json()) as Verdict;
  }

  /** Resolves when the package, its version and its tag are on disk. */
  async accepted(manifest: Accepted): Promise<void> {
    await this.#post("accepted", manifest);
  }

  async answered(request: Answered): Promise<void> {
    await this.#post("answered", request);
  }

  async #post(what: string, body: unknown): Promise<Response> {
    const address = new URL(`/_sandbox/registry/${what}`, this.url);
    const answer = await fetch(address, { method: "POST", body: JSON.stringify(body) });
    if (!answer.ok)
      throw new Error(`the GitHub stand-in refuses ${what}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}
