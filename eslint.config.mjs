import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules", ".sandbox", "dist", "**/bin", "services/*/src", "setup/ghcr.cjs"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    // Run as it is by a Node that knows no TypeScript.
    files: ["**/*.cjs"],
    languageOptions: {
      sourceType: "commonjs",
      globals: Object.fromEntries(
        ["require", "module", "process", "console", "Buffer", "__dirname", "__filename"].map((name) => [
          name,
          "readonly",
        ]),
      ),
    },
    rules: { "@typescript-eslint/no-require-imports": "off" },
  },
  {
    rules: {
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      eqeqeq: "error",
      "no-console": "off",
    },
  },
);
