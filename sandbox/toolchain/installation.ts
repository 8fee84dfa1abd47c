/**
 * What a run of the engine sees: a folder of programs for PATH and a Pulumi home of its own with the plugins, made
 * of links into the cache. One such installation for each set of tools, so that clones don't change each other's.
 */
import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { fill, shortHash } from "./cache";

/** An executable, and the plugin it is of, if any. */
export interface Executable {
  readonly name: string;
  readonly path: string;
  readonly plugin?: { readonly name: string; readonly version: string };
}

export interface Installation {
  readonly bin: string;
  readonly pulumiHome: string;
  /** Path of every executable, by name. */
  readonly executables: ReadonlyMap<string, string>;
}

/** Puts the executables together below `cache`. The engine takes a plugin from `plugins/resource-NAME-vVERSION/`. */
export async function install(cache: string, executables: readonly Executable[]): Promise<Installation> {
  const places = executables.map((executable) => ({ ...executable, place: placeOf(executable) }));
  const key = shortHash(...places.flatMap(({ place, path }) => [place, path]).sort());
  const folder = join(cache, "sets", key);
  await fill(folder, async (temporary) => {
    for (const { place, path } of places) {
      mkdirSync(join(temporary, place, ".."), { recursive: true });
      link(cache, path, join(temporary, place));
    }
    mkdirSync(join(temporary, "pulumi-home", "plugins"), { recursive: true });
  });
  for (const name of ["bin", "pulumi-home"]) pointAt(join(folder, name), join(cache, name));
  return {
    bin: join(folder, "bin"),
    pulumiHome: join(folder, "pulumi-home"),
    executables: new Map(places.map(({ name, place }) => [name, join(folder, place)])),
  };
}

function placeOf({ name, plugin }: Executable): string {
  if (plugin === undefined) return join("bin", name);
  return join("pulumi-home", "plugins", `resource-${plugin.name}-v${plugin.version}`, name);
}

/** The engine looks for its language host beside its own real file, so what the cache holds is no symbolic link. */
function link(cache: string, from: string, to: string): void {
  if (from.startsWith(cache)) linkSync(from, to);
  else symlinkSync(from, to);
}

/** A link under a name that a person can remember, to what was last resolved. */
function pointAt(target: string, path: string): void {
  const temporary = `${path}.${process.pid}`;
  rmSync(temporary, { force: true });
  symlinkSync(join("sets", basename(join(target, "..")), basename(target)), temporary);
  renameSync(temporary, path);
}
