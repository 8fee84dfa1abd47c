/**
 * What tagging answers in each of these git contexts, written by hand, and what docker/metadata-action answers.
 *
 * Columns: event | ref | what differs from the defaults | our answer | the action's | the difference's name in
 * `differences.md`. Defaults: repository and head repository albeorla/ghcr-platform, default branch main, commit
 * 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567. `S` is sha-0a1b2c3; `=` is the same answer; `-` is a context that the
 * action doesn't know.
 *
 * The action's column was recorded from its own `Meta` class at commit dc80280 (2026-07-02), with flavor
 * latest=false and the tags type=ref,event=pr; type=semver with {{version}}, {{major}}.{{minor}} and {{major}};
 * type=raw,value=latest,enable={{is_default_branch}}; type=sha.
 *
 * One table, as long as there are contexts.
 */
export const contextsTable = String.raw`
# pushes to branches
push                | refs/heads/main                  |                          | latest S                     | =              |
push                | refs/heads/main                  | default=trunk            | refused other-ref            | S              | other-branches
push                | refs/heads/trunk                 | default=trunk            | latest S                     | =              |
push                | refs/heads/master                | default=master           | latest S                     | =              |
push                | refs/heads/master                |                          | refused other-ref            | S              | other-branches
push                | refs/heads/Main                  |                          | refused other-ref            | S              | other-branches
push                | refs/heads/main2                 |                          | refused other-ref            | S              | other-branches
push                | refs/heads/release/main          |                          | refused other-ref            | S              | other-branches
push                | refs/heads/release/main          | default=release/main     | latest S                     | =              |
push                | refs/heads/main/x                |                          | refused other-ref            | S              | other-branches
push                | refs/heads/v1.2.3                |                          | refused other-ref            | S              | other-branches
push                | refs/heads/v1.2.3                | default=v1.2.3           | latest S                     | =              |
push                | refs/heads/latest                |                          | refused other-ref            | S              | other-branches
push                | refs/heads/latest                | default=latest           | latest S                     | =              |
push                | refs/heads/dev                   |                          | refused other-ref            | S              | other-branches
push                | refs/heads/feature/login         |                          | refused other-ref            | S              | other-branches
push                | refs/heads/my/feature#1245       |                          | refused other-ref            | S              | other-branches
push                | refs/heads/@scope                |                          | refused other-ref            | S              | other-branches
push                | refs/heads/renovate/node-24.x    |                          | refused other-ref            | S              | other-branches
push                | refs/heads/dependabot/npm_and_yarn/semver-7.8.6 | actor=dependabot[bot]    | refused other-ref            | S              | other-branches
push                | refs/heads/gh-pages              |                          | refused other-ref            | S              | other-branches
push                | refs/heads/gh-readonly-queue/main/pr-15-0a1b2c3 |                          | refused other-ref            | S              | other-branches
push                | refs/heads/production            |                          | refused other-ref            | S              | other-branches
push                | refs/heads/1.2                   |                          | refused other-ref            | S              | other-branches
push                | refs/heads/größe                 |                          | refused other-ref            | S              | other-branches
push                | refs/heads/größe                 | default=größe            | latest S                     | =              |
push                | refs/heads/main                  | default=                 | refused other-ref            | S              | other-branches
push                | refs/heads/                      | default=                 | refused other-ref            | S              | other-branches
push                | main                             |                          | refused other-ref            | latest S       | other-branches
push                | refs/remotes/origin/main         |                          | refused other-ref            | S              | other-branches
push                | refs/heads/main                  | sha=0000000000000000000000000000000000000000 | refused no-commit            | latest sha-0000000 | no-commit
push                | refs/heads/main                  | sha=0a1b2c3              | refused no-commit            | latest S       | no-commit
push                | refs/heads/main                  | sha=0A1B2C3D4E5F60718293A4B5C6D7E8F901234567 | refused no-commit            | latest sha-0A1B2C3 | no-commit
push                | refs/heads/main                  | sha=0a1b2c3d4e5f60718293a4b5c6d7e8f90123456g | refused no-commit            | latest S       | no-commit
push                | refs/heads/main                  | sha=                     | refused no-commit            | latest         | no-commit
push                | refs/heads/main                  | sha=0000000d4e5f60718293a4b5c6d7e8f901234567 | latest sha-0000000           | =              |
push                | refs/heads/main                  | sha=1234567890123456789012345678901234567890 | latest sha-1234567           | =              |
push                | refs/heads/main                  | sha=ffffffffffffffffffffffffffffffffffffffff | latest sha-fffffff           | =              |
push                | refs/heads/main                  | repository=Albeorla/GHCR-Platform | latest S                     | =              |
push                | refs/heads/main                  | actor=github-actions[bot] | latest S                     | =              |
push                | refs/heads/main                  | pr=15; action=opened; head=someone/ghcr-platform | latest S                     | =              |
push                | refs/heads/🚀                     | default=🚀                | latest S                     | =              |
push                | refs/heads/主                     | default=主                | latest S                     | =              |
push                | refs/heads/HEAD                  | default=HEAD             | latest S                     | =              |
push                | refs/heads/refs/heads/main       | default=refs/heads/main  | latest S                     | =              |
push                | refs/heads/main                  | default=Main             | refused other-ref            | S              | other-branches
push                | refs/heads/not-main              |                          | refused other-ref            | S              | other-branches
push                | refs/heads/origin/main           |                          | refused other-ref            | S              | other-branches
push                | refs/heads/refs/heads/main       |                          | refused other-ref            | S              | other-branches
push                | refs/heads/refs/tags/v1.2.3      |                          | refused other-ref            | S              | other-branches
push                | refs/heads/ｍain                  |                          | refused other-ref            | S              | other-branches
push                | refs/heads/${"gro\u0308\u00dfe"} | default=größe            | refused other-ref            | S              | other-branches
push                | refs/heads/main                  | default=refs/heads/main  | refused other-ref            | S              | other-branches
push                | heads/main                       |                          | refused other-ref            | S              | other-branches
push                | tags/v1.2.3                      |                          | refused other-ref            | S              | other-branches
push                | v1.2.3                           |                          | refused other-ref            | S              | other-branches
push                | REFS/HEADS/main                  |                          | refused other-ref            | S              | other-branches
push                | refs/notes/commits               |                          | refused other-ref            | S              | other-branches
push                | refs/pull/15/merge               |                          | refused other-ref            | pr-15 S        | other-branches
push                |                                  |                          | refused other-ref            | S              | other-branches
push                | refs/heads/main                  | sha=0a1b2c3d4e5f60718293a4b5c6d7e8f90123456 | refused no-commit            | latest S       | no-commit
push                | refs/heads/main                  | sha=0a1b2c3d4e5f60718293a4b5c6d7e8f9012345678 | refused no-commit            | latest S       | no-commit
push                | refs/heads/main                  | sha=0a1b2c3d4e5f60718293a4b5c6d7e8f9012345670a1b2c3d4e5f607182930a1b | refused no-commit            | latest S       | no-commit
push                | refs/heads/main                  | sha=HEAD                 | refused no-commit            | latest sha-HEAD | no-commit
push                | refs/heads/main                  | sha=0000000000000000000000000000000000000001 | latest sha-0000000           | =              |

# pushes of tags: releases
push                | refs/tags/v1.2.3                 |                          | 1.2.3 1.2 1 S                | =              |
push                | refs/tags/v1.2.4                 |                          | 1.2.4 1.2 1 S                | =              |
push                | refs/tags/v1.0.0                 |                          | 1.0.0 1.0 1 S                | =              |
push                | refs/tags/v2.0.0                 |                          | 2.0.0 2.0 2 S                | =              |
push                | refs/tags/v10.20.30              |                          | 10.20.30 10.20 10 S          | =              |
push                | refs/tags/v1.10.0                |                          | 1.10.0 1.10 1 S              | =              |
push                | refs/tags/v0.3.1                 |                          | 0.3.1 0.3 S                  | 0.3.1 0.3 0 S  | bare-zero
push                | refs/tags/v0.0.1                 |                          | 0.0.1 0.0 S                  | 0.0.1 0.0 0 S  | bare-zero
push                | refs/tags/v0.0.0                 |                          | 0.0.0 0.0 S                  | 0.0.0 0.0 0 S  | bare-zero
push                | refs/tags/v0.10.0                |                          | 0.10.0 0.10 S                | 0.10.0 0.10 0 S | bare-zero
push                | refs/tags/v2024.1.31             |                          | 2024.1.31 2024.1 2024 S      | =              |
push                | refs/tags/v9007199254740991.0.0  |                          | 9007199254740991.0.0 9007199254740991.0 9007199254740991 S | =              |
push                | refs/tags/v1.2.3                 | default=trunk            | 1.2.3 1.2 1 S                | =              |
push                | refs/tags/v1.2.3                 | default=v1.2.3           | 1.2.3 1.2 1 S                | =              |
push                | refs/tags/v1.2.3                 | sha=fedcba9876543210fedcba9876543210fedcba98 | 1.2.3 1.2 1 sha-fedcba9      | =              |
push                | refs/tags/v1.2.3                 | sha=0000000000000000000000000000000000000000 | refused no-commit            | 1.2.3 1.2 1 sha-0000000 | no-commit
push                | refs/tags/v1.2.3                 | repository=someone/else  | 1.2.3 1.2 1 S                | =              |
push                | refs/tags/v1.2.3                 | actor=release-bot        | 1.2.3 1.2 1 S                | =              |
push                | refs/tags/v20261124.0.0          |                          | 20261124.0.0 20261124.0 20261124 S | =              |
push                | refs/tags/v1.2.3                 | sha=0a1b2c3              | refused no-commit            | 1.2.3 1.2 1 S  | no-commit

# pushes of tags: pre-releases
push                | refs/tags/v2.0.0-rc.1            |                          | 2.0.0-rc.1 S                 | =              |
push                | refs/tags/v1.2.3-rc.1            |                          | 1.2.3-rc.1 S                 | =              |
push                | refs/tags/v1.2.3-alpha           |                          | 1.2.3-alpha S                | =              |
push                | refs/tags/v1.2.3-beta.11         |                          | 1.2.3-beta.11 S              | =              |
push                | refs/tags/v1.2.3-0               |                          | 1.2.3-0 S                    | =              |
push                | refs/tags/v1.2.3-0.3.7           |                          | 1.2.3-0.3.7 S                | =              |
push                | refs/tags/v1.2.3-RC.1            |                          | 1.2.3-RC.1 S                 | =              |
push                | refs/tags/v1.2.3-x.7.z.92        |                          | 1.2.3-x.7.z.92 S             | =              |
push                | refs/tags/v1.2.3--               |                          | 1.2.3-- S                    | =              |
push                | refs/tags/v1.2.3-x-y-z.--        |                          | 1.2.3-x-y-z.-- S             | =              |
push                | refs/tags/v0.1.0-dev             |                          | 0.1.0-dev S                  | =              |
push                | refs/tags/v0.0.0-20261124120000-0a1b2c3d4e5f |                          | 0.0.0-20261124120000-0a1b2c3d4e5f S | =              |
push                | refs/tags/v1.0.0-latest          |                          | 1.0.0-latest S               | =              |
push                | refs/tags/v1.0.0-rc.1.2          |                          | 1.0.0-rc.1.2 S               | =              |
push                | refs/tags/v1.2.3-1a              |                          | 1.2.3-1a S                   | =              |
push                | refs/tags/v1.2.3-0a              |                          | 1.2.3-0a S                   | =              |
push                | refs/tags/v1.0.0-0a1b2c3         |                          | 1.0.0-0a1b2c3 S              | =              |
push                | refs/tags/v1.0.0-99999999999999999999 |                          | 1.0.0-99999999999999999999 S | =              |
push                | refs/tags/v1.0.0-${"a".repeat(122)} |                          | 1.0.0-${"a".repeat(122)} S   | =              |
push                | refs/tags/v1.0.0-${"a".repeat(123)} |                          | refused tag-too-long         | 1.0.0-${"a".repeat(123)} S | long-versions

# pushes of tags: build metadata
push                | refs/tags/v1.2.3+build.5         |                          | refused build-metadata       | 1.2.3 1.2 1 S  | build-metadata
push                | refs/tags/v1.2.3+5               |                          | refused build-metadata       | 1.2.3 1.2 1 S  | build-metadata
push                | refs/tags/v1.2.3+001             |                          | refused build-metadata       | 1.2.3 1.2 1 S  | build-metadata
push                | refs/tags/v0.3.1+exp             |                          | refused build-metadata       | 0.3.1 0.3 0 S  | build-metadata
push                | refs/tags/v2.0.0-beta.1+exp.sha  |                          | refused build-metadata       | 2.0.0-beta.1 S | build-metadata
push                | refs/tags/v1.2.3-rc.1+build-7.-- |                          | refused build-metadata       | 1.2.3-rc.1 S   | build-metadata

# pushes of tags: no release
push                | refs/tags/1.2.3                  |                          | refused no-release           | 1.2.3 1.2 1 S  | v-required
push                | refs/tags/1.2.3-rc.1             |                          | refused no-release           | 1.2.3-rc.1 S   | v-required
push                | refs/tags/0.3.1                  |                          | refused no-release           | 0.3.1 0.3 0 S  | v-required
push                | refs/tags/V1.2.3                 |                          | refused no-release           | S              | other-tags
push                | refs/tags/vv1.2.3                |                          | refused no-release           | S              | other-tags
push                | refs/tags/=1.2.3                 |                          | refused no-release           | S              | other-tags
push                | refs/tags/v=1.2.3                |                          | refused no-release           | S              | other-tags
push                | refs/tags/v.1.2.3                |                          | refused no-release           | S              | other-tags
push                | refs/tags/v-1.2.3                |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1                     |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2                   |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3.4               |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.x                 |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3-                |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3-a..b            |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3-01              |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3-rc.01           |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3rc1              |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3_rc1             |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3~1               |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3+                |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3+a+b             |                          | refused no-release           | S              | other-tags
push                | refs/tags/v01.2.3                |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.02.3                |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.03                |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.-3                |                          | refused no-release           | S              | other-tags
push                | refs/tags/v9007199254740992.0.0  |                          | refused no-release           | S              | other-tags
push                | refs/tags/v１.２.３                 |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3-é               |                          | refused no-release           | S              | other-tags
push                | refs/tags/latest                 |                          | refused no-release           | S              | other-tags
push                | refs/tags/main                   |                          | refused no-release           | S              | other-tags
push                | refs/tags/v                      |                          | refused no-release           | S              | other-tags
push                | refs/tags/                       |                          | refused no-release           | S              | other-tags
push                | refs/tags/nightly-1              |                          | refused no-release           | S              | other-tags
push                | refs/tags/2026-11-24             |                          | refused no-release           | S              | other-tags
push                | refs/tags/production             |                          | refused no-release           | S              | other-tags
push                | refs/tags/pr-15                  |                          | refused no-release           | S              | other-tags
push                | refs/tags/sha-0a1b2c3            |                          | refused no-release           | S              | other-tags
push                | refs/tags/release-1.2.3          |                          | refused no-release           | S              | other-tags
push                | refs/tags/release/v1.2.3         |                          | refused no-release           | S              | other-tags
push                | refs/tags/hello-python/v1.2.3    |                          | refused no-release           | S              | other-tags
push                | refs/tags/hello-python@1.2.3     |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1/2/3                 |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3/                |                          | refused no-release           | S              | other-tags
push                | refs/tags/refs/tags/v1.2.3       |                          | refused no-release           | S              | other-tags
push                | refs/tags/V2.0.0-RC.1            |                          | refused no-release           | S              | other-tags
push                | refs/tags/v+1.2.3                |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1..3                  |                          | refused no-release           | S              | other-tags
push                | refs/tags/v2024.01.15            |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3-rc_1            |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3.rc1             |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.9007199254740992.0  |                          | refused no-release           | S              | other-tags
push                | refs/tags/v99999999999999999999.1.1 |                          | refused no-release           | S              | other-tags
push                | refs/tags/1.2                    |                          | refused no-release           | S              | other-tags
push                | refs/tags/1                      |                          | refused no-release           | S              | other-tags
push                | refs/tags/version-1.2.3          |                          | refused no-release           | S              | other-tags
push                | refs/tags/hello-python-v1.2.3    |                          | refused no-release           | S              | other-tags
push                | refs/tags/20200110-RC2           |                          | refused no-release           | S              | other-tags
push                | refs/tags/v1.2.3/hello-python    |                          | refused no-release           | 1.2.3-hello-python S | slashes

# pull requests
pull_request        | refs/pull/123/merge              | pr=123; action=opened    | pr-123                       | pr-123 S       | pull-request-sha
pull_request        | refs/pull/123/merge              | pr=123; action=synchronize | pr-123                       | pr-123 S       | pull-request-sha
pull_request        | refs/pull/123/merge              | pr=123; action=reopened  | pr-123                       | pr-123 S       | pull-request-sha
pull_request        | refs/pull/1/merge                | pr=1; action=opened      | pr-1                         | pr-1 S         | pull-request-sha
pull_request        | refs/pull/987654321/merge        | pr=987654321; action=synchronize | pr-987654321                 | pr-987654321 S | pull-request-sha
pull_request        | refs/pull/15/merge               | pr=15; action=opened; default=trunk | pr-15                        | pr-15 S        | pull-request-sha
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=Albeorla/GHCR-Platform | pr-15                        | pr-15 S        | pull-request-sha
pull_request        | refs/pull/15/merge               | pr=15; action=opened; actor=dependabot[bot] | pr-15                        | pr-15 S        | pull-request-sha
pull_request        | refs/pull/15/merge               | pr=15; action=opened; sha=fedcba9876543210fedcba9876543210fedcba98 | pr-15                        | pr-15 sha-fedcba9 | pull-request-sha
pull_request        | refs/pull/15/head                | pr=15; action=opened     | pr-15                        | pr-15-head S   | pull-request-ref
pull_request        | refs/pull/15/merge               | pr=15; action=opened; sha=0000000000000000000000000000000000000000 | refused no-commit            | pr-15 sha-0000000 | no-commit
pull_request        | refs/pull/15/merge               | pr=16; action=opened     | refused no-pull-request      | pr-15 S        | pull-request-mix-up
pull_request        | refs/pull/15/merge               |                          | refused no-pull-request      | pr-15 S        | pull-request-mix-up
pull_request        | refs/pull/0/merge                | pr=0; action=opened      | refused no-pull-request      | pr-0 S         | pull-request-mix-up
pull_request        | refs/pull/15/merge               | pr=-15; action=opened    | refused no-pull-request      | pr-15 S        | pull-request-mix-up
pull_request        | refs/pull/15/merge               | pr=15.5; action=opened   | refused no-pull-request      | pr-15 S        | pull-request-mix-up
pull_request        | refs/pull/15/merge               | pr=NaN; action=opened    | refused no-pull-request      | pr-15 S        | pull-request-mix-up
pull_request        | refs/pull/15/merge               | pr=15; action=closed     | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/heads/main                  | pr=15; action=closed     | refused pull-request-action  | latest S       | pull-request-actions
pull_request        | refs/heads/trunk                 | pr=15; action=closed; default=trunk | refused pull-request-action  | latest S       | pull-request-actions
pull_request        | refs/heads/main                  | pr=15; action=closed; head=someone/ghcr-platform | refused pull-request-action  | latest S       | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=labeled    | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=unlabeled  | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=edited     | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=assigned   | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=review_requested | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=ready_for_review | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=converted_to_draft | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=auto_merge_enabled | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=enqueued   | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=Opened     | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=           | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/9007199254740991/merge | pr=9007199254740991; action=opened | pr-9007199254740991          | pr-9007199254740991 S | pull-request-sha
pull_request        | refs/pull/9007199254740992/merge | pr=9007199254740992; action=opened | refused no-pull-request      | pr-9007199254740992 S | pull-request-mix-up
pull_request        | refs/pull/15/merge               | pr=15; action=unassigned | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=review_request_removed | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=auto_merge_disabled | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=dequeued   | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=milestoned | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=demilestoned | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=locked     | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request        | refs/pull/15/merge               | pr=15; action=unlocked   | refused pull-request-action  | pr-15 S        | pull-request-actions

# pull requests of forks
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=someone/ghcr-platform | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=synchronize; head=someone/ghcr-platform | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=reopened; head=someone/ghcr-platform | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=albeorla/ghcr-platform-fork | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=albeorla/ghcr | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=albeorla2/ghcr-platform | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=some-one_acme/ghcr-platform | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head= | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=synchronize; head= | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=; repository= | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=someone/ghcr-platform; actor=albeorla | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=someone/ghcr-platform; repository=someone/ghcr-platform | pr-15                        | pr-15 S        | pull-request-sha
pull_request        | refs/pull/15/merge               | pr=15; action=labeled; head=someone/ghcr-platform | refused pull-request-action  | pr-15 S        | pull-request-actions
pull_request_target | refs/pull/15/merge               | pr=15; action=opened; head=someone/ghcr-platform | refused event                | pr-15 S        | events
pull_request_target | refs/heads/main                  | pr=15; action=opened     | refused event                | pr-15 S        | events
pull_request_target | refs/pull/15/merge               | pr=15; action=synchronize | refused event                | pr-15 S        | events
pull_request_target | refs/heads/main                  | pr=15; action=closed     | refused event                | pr-15 S        | events
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=someone/other-name | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=ALBEORLA-ORG/GHCR-PLATFORM | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=xalbeorla/ghcr-platform | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=opened; head=albeorla | build-only fork              | pr-15 S        | forks
pull_request        | refs/pull/15/merge               | pr=15; action=closed; head= | refused pull-request-action  | pr-15 S        | pull-request-actions

# merge queues
merge_group         | refs/heads/gh-readonly-queue/main/pr-15-0a1b2c3d4e5f60718293a4b5c6d7e8f901234567 |                          | build-only merge-queue       | S              | merge-queues
merge_group         | refs/heads/gh-readonly-queue/trunk/pr-1-0a1b2c3 | default=trunk            | build-only merge-queue       | S              | merge-queues
merge_group         | refs/heads/main                  |                          | build-only merge-queue       | latest S       | merge-queues
merge_group         | refs/tags/v1.2.3                 |                          | build-only merge-queue       | 1.2.3 1.2 1 S  | merge-queues
merge_group         | refs/heads/gh-readonly-queue/main/pr-15-0a1b2c3 | sha=0000000000000000000000000000000000000000 | refused no-commit            | sha-0000000    | no-commit

# manual runs
workflow_dispatch   | refs/heads/main                  |                          | latest S                     | =              |
workflow_dispatch   | refs/heads/trunk                 | default=trunk            | latest S                     | =              |
workflow_dispatch   | refs/heads/main                  | default=trunk            | refused manual-run-elsewhere | S              | manual-runs
workflow_dispatch   | refs/heads/dev                   |                          | refused manual-run-elsewhere | S              | manual-runs
workflow_dispatch   | refs/heads/feature/login         |                          | refused manual-run-elsewhere | S              | manual-runs
workflow_dispatch   | refs/heads/main2                 |                          | refused manual-run-elsewhere | S              | manual-runs
workflow_dispatch   | refs/tags/v1.2.3                 |                          | refused manual-run-elsewhere | 1.2.3 1.2 1 S  | manual-runs
workflow_dispatch   | refs/tags/v2.0.0-rc.1            |                          | refused manual-run-elsewhere | 2.0.0-rc.1 S   | manual-runs
workflow_dispatch   | refs/tags/nightly-1              |                          | refused manual-run-elsewhere | S              | manual-runs
workflow_dispatch   | refs/heads/main                  | actor=jane               | latest S                     | =              |
workflow_dispatch   | refs/heads/main                  | sha=fedcba9876543210fedcba9876543210fedcba98 | latest sha-fedcba9           | =              |
workflow_dispatch   | refs/heads/main                  | sha=fedcba9              | refused no-commit            | latest sha-fedcba9 | no-commit
workflow_dispatch   | refs/heads/                      | default=                 | refused manual-run-elsewhere | S              | manual-runs
workflow_dispatch   | refs/tags/main                   |                          | refused manual-run-elsewhere | S              | manual-runs
workflow_dispatch   | refs/pull/15/merge               |                          | refused manual-run-elsewhere | pr-15 S        | manual-runs

# events that publish nothing
create              | refs/heads/dev                   |                          | refused event                | latest S       | events
create              | refs/heads/main                  |                          | refused event                | latest S       | events
create              | refs/tags/v1.2.3                 |                          | refused event                | 1.2.3 1.2 1 latest S | events
delete              | refs/heads/main                  |                          | refused event                | latest S       | events
schedule            | refs/heads/main                  |                          | refused event                | latest S       | events
schedule            | refs/heads/trunk                 | default=trunk            | refused event                | latest S       | events
release             | refs/tags/v1.2.3                 |                          | refused event                | 1.2.3 1.2 1 S  | events
release             | refs/tags/v2.0.0-rc.1            |                          | refused event                | 2.0.0-rc.1 S   | events
release             | refs/tags/1.2.3                  |                          | refused event                | 1.2.3 1.2 1 S  | events
workflow_run        | refs/heads/main                  |                          | refused event                | latest S       | events
workflow_run        | refs/heads/main                  | pr=15; action=opened; head=someone/ghcr-platform | refused event                | latest S       | events
workflow_call       | refs/heads/main                  |                          | refused event                | latest S       | events
repository_dispatch | refs/heads/main                  |                          | refused event                | latest S       | events
deployment          | refs/heads/main                  |                          | refused event                | latest S       | events
deployment_status   | refs/tags/v1.2.3                 |                          | refused event                | 1.2.3 1.2 1 S  | events
issues              | refs/heads/main                  |                          | refused event                | latest S       | events
issue_comment       | refs/heads/main                  |                          | refused event                | latest S       | events
discussion          | refs/heads/main                  |                          | refused event                | latest S       | events
registry_package    | refs/heads/main                  |                          | refused event                | latest S       | events
page_build          | refs/heads/gh-pages              |                          | refused event                | S              | events
check_run           | refs/heads/main                  |                          | refused event                | latest S       | events
status              | refs/heads/main                  |                          | refused event                | latest S       | events
public              | refs/heads/main                  |                          | refused event                | latest S       | events
watch               | refs/heads/main                  |                          | refused event                | latest S       | events
fork                | refs/heads/main                  |                          | refused event                | latest S       | events
pull_request_review | refs/pull/15/merge               | pr=15; action=submitted  | refused event                | pr-15 S        | events
branch_protection_rule | refs/heads/main                  |                          | refused event                | latest S       | events
Push                | refs/heads/main                  |                          | refused event                | latest S       | events
constructor         | refs/heads/main                  |                          | refused event                | latest S       | events
                    | refs/heads/main                  |                          | refused event                | latest S       | events
create              | refs/tags/v2.0.0-rc.1            |                          | refused event                | 2.0.0-rc.1 latest S | events
schedule            | refs/heads/dev                   |                          | refused event                | latest S       | events
schedule            | refs/heads/main                  | sha=0000000000000000000000000000000000000000 | refused no-commit            | latest sha-0000000 | no-commit
workflow_run        | refs/heads/dev                   |                          | refused event                | S              | events
discussion_comment  | refs/heads/main                  |                          | refused event                | latest S       | events
check_suite         | refs/heads/main                  |                          | refused event                | latest S       | events
gollum              | refs/heads/main                  |                          | refused event                | latest S       | events
label               | refs/heads/main                  |                          | refused event                | latest S       | events
milestone           | refs/heads/main                  |                          | refused event                | latest S       | events
pull_request_review_comment | refs/pull/15/merge               | pr=15; action=created    | refused event                | pr-15 S        | events

# developers' own pushes
development         | refs/heads/feature/login         | actor=jane               | dev-jane-0a1b2c3             | -              |
development         | refs/heads/main                  | actor=jane               | dev-jane-0a1b2c3             | -              |
development         | refs/tags/v1.2.3                 | actor=jane               | dev-jane-0a1b2c3             | -              |
development         | HEAD                             | actor=jane               | dev-jane-0a1b2c3             | -              |
development         | HEAD                             | actor=jane; sha=fedcba9876543210fedcba9876543210fedcba98 | dev-jane-fedcba9             | -              |
development         | HEAD                             | actor=Jane               | dev-jane-0a1b2c3             | -              |
development         | HEAD                             | actor=Jane Doe           | dev-jane-doe-0a1b2c3         | -              |
development         | HEAD                             | actor=jane.doe           | dev-jane.doe-0a1b2c3         | -              |
development         | HEAD                             | actor=jane_doe           | dev-jane_doe-0a1b2c3         | -              |
development         | HEAD                             | actor=jane-doe           | dev-jane-doe-0a1b2c3         | -              |
development         | HEAD                             | actor=_jane_             | dev-_jane_-0a1b2c3           | -              |
development         | HEAD                             | actor=jane+ghcr@example.org | dev-jane-ghcr-example.org-0a1b2c3 | -              |
development         | HEAD                             | actor=dependabot[bot]    | dev-dependabot-bot-0a1b2c3   | -              |
development         | HEAD                             | actor=José Müller        | dev-jose-muller-0a1b2c3      | -              |
development         | HEAD                             | actor=Ｊａｎｅ               | dev-jane-0a1b2c3             | -              |
development         | HEAD                             | actor=--jane--           | dev-jane-0a1b2c3             | -              |
development         | HEAD                             | actor=.jane.             | dev-jane-0a1b2c3             | -              |
development         | HEAD                             | actor=a/b\c:d            | dev-a-b-c-d-0a1b2c3          | -              |
development         | HEAD                             | actor=$(id)&id           | dev-id-id-0a1b2c3            | -              |
development         | HEAD                             | actor=7                  | dev-7-0a1b2c3                | -              |
development         | HEAD                             | actor=latest             | dev-latest-0a1b2c3           | -              |
development         | HEAD                             | actor=an-account-name-of-thirty-nine-letters-x | dev-an-account-name-of-thirty-nine-letters-0a1b2c3 | -              |
development         | HEAD                             | actor=abcdefghijklmnopqrstuvwxyz0123456789abcdef | dev-abcdefghijklmnopqrstuvwxyz0123456789abc-0a1b2c3 | -              |
development         | HEAD                             | actor=                   | refused no-developer         | -              |
development         | HEAD                             |                          | refused no-developer         | -              |
development         | HEAD                             | actor=---                | refused no-developer         | -              |
development         | HEAD                             | actor=...                | refused no-developer         | -              |
development         | HEAD                             | actor=王小明                | refused no-developer         | -              |
development         | HEAD                             | actor=jane; sha=0a1b2c3  | refused no-commit            | -              |
development         | HEAD                             | actor=007                | dev-007-0a1b2c3              | -              |
development         | HEAD                             | actor=12345+jane@users.noreply.github.com | dev-12345-jane-users.noreply.github.com-0a1b2c3 | -              |
development         | HEAD                             | actor=DOMAIN\jane        | dev-domain-jane-0a1b2c3      | -              |
development         | HEAD                             | actor=Ørsted             | dev-rsted-0a1b2c3            | -              |
development         | HEAD                             | actor=李jane              | dev-jane-0a1b2c3             | -              |
`;
