import { describeServiceImages } from "./service-images";
import { startWorld, type World } from "./world";

describe("images", () => {
  let world: World;
  before(async () => {
    world = await startWorld();
  });
  after(() => world.stop());

  describeServiceImages(async () => ({
    registry: world.sandbox.storage,
    builder: world.sandbox.builder,
    baseImages: world.sandbox.baseImages,
  }));
});
