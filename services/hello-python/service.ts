import { defineService } from "../../core/fleet";

export default defineService({
  name: "hello-python",
  description: "Greets over HTTP",
  runtime: "python",
  visibility: "public",
  secrets: ["GREETING_KEY"],
  variables: { GREETING: "Hello" },
});
