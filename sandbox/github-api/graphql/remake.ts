/** Remakes `schema.graphql` from npm's `@octokit/graphql-schema`: `sandbox/node sandbox/github-api/graphql/remake.ts`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kept } from "./kept";
import { trimmedSchema } from "./trim";

/** The package exports no path to it. */
const publishedFile = join(__dirname, "../../../node_modules/@octokit/graphql-schema/schema.graphql");

export const schemaFile = join(__dirname, "schema.graphql");

/** GitHub's schema as published. */
export function publishedSchema(): string {
  return readFileSync(publishedFile, "utf8");
}

if (require.main === module) writeFileSync(schemaFile, trimmedSchema(publishedSchema(), kept));
