/** Images as the registry holds them. */
export * from "./graph";
export * from "./graph-order";
