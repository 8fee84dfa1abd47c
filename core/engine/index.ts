/** How the engine is run: the settings that make it fast. */
export * from "./environment";
export * from "./state";
export * from "./reach";
export * from "./budget";
export * from "./leftovers";
export * from "./part";
