/** Where jobs run. */

/** GitHub's hosted runners, by platform. */
export const githubRunners: Readonly<Record<string, string>> = {
  "linux/amd64": "ubuntu-24.04",
  "linux/arm64": "ubuntu-24.04-arm",
};

/** Where jobs run that build nothing. */
export const defaultRunner = "ubuntu-24.04";
