/** How the engine is run: the settings that make it fast. */
export * from "./environment";
