import assert from "node:assert/strict";
import { IdentityTokens, type Job } from "./identity";

const job: Job = {
  serverUrl: "https://github.com",
  repository: "albeorla/ghcr-platform",
  workflow: "container-publish.yml",
  ref: "refs/heads/main",
  sha: "0".repeat(40),
  event: "push",
};

describe("identity tokens", () => {
  const tokens = new IdentityTokens();

  it("say which workflow at which ref a job is of", () => {
    const claims = tokens.read(tokens.issue(job, "sigstore"), "sigstore");
    assert.equal(claims?.sub, "repo:albeorla/ghcr-platform:ref:refs/heads/main");
    const workflow = "albeorla/ghcr-platform/.github/workflows/container-publish.yml@refs/heads/main";
    assert.equal(claims?.job_workflow_ref, workflow);
  });

  it("are good for whom they are meant only, and from their issuer only", () => {
    const token = tokens.issue(job, "sigstore");
    assert.equal(tokens.read(token, "elsewhere"), undefined);
    assert.equal(new IdentityTokens().read(token, "sigstore"), undefined);
    const [head, body] = token.split(".");
    assert.equal(tokens.read(`${head}.${body}.`, "sigstore"), undefined);
    assert.equal(tokens.read("", "sigstore"), undefined);
  });
});
