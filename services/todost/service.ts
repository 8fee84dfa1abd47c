import { defineService } from "../../core/fleet";

export default defineService({
  name: "todost",
  description: "Keeps a to-do list over HTTP",
  runtime: "node",
  visibility: "public",
  environments: {
    staging: { variables: { LOG_LEVEL: "debug" } },
    production: {
      refs: { branches: ["main"], tags: ["v*"] },
      secrets: ["DATABASE_KEY"],
      variables: { LOG_LEVEL: "info" },
    },
  },
});
