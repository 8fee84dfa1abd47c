/** What stored images cost. */
export * from "./storage";
