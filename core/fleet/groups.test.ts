import assert from "node:assert/strict";
import fc from "fast-check";
import { PlatformError } from "../errors";
import { ofGroup, resolveFleet, type Fleet } from "./index";

/** One service a name, in the group beside it; every second one with a repository of its own. */
function fleetOf(groups: readonly (string | undefined)[]): Fleet {
  return resolveFleet({
    platform: { name: "ghcr-platform" },
    services: groups.map((group, index) => ({
      where: `services/service-${index}/service.ts`,
      declaration: {
        name: `service-${index}`,
        ...(group === undefined ? {} : { group }),
        ...(index % 2 === 0 ? {} : { source: { repository: { name: `service-${index}` } } }),
      },
    })),
  });
}

describe("a group of services", () => {
  it("puts every service into exactly one stack, with its own repository", () => {
    const group = fc.constantFrom(undefined, "payments", "search", "web-2");
    fc.assert(
      fc.property(fc.array(group, { maxLength: 30 }), (groups) => {
        const fleet = fleetOf(groups);
        const stacks = [...new Set([undefined, ...groups])].map((each) => ofGroup(fleet, each, "prod"));
        assert.deepEqual(
          stacks.flatMap(({ services }) => services.map(({ name }) => name)).sort(),
          fleet.services.map(({ name }) => name).sort(),
        );
        for (const { services, ownRepositories } of stacks) {
          const own = services.filter(({ shared }) => !shared).map(({ name }) => name);
          assert.deepEqual([...ownRepositories.keys()].sort(), own.sort());
        }
      }),
    );
  });

  it("that no service names is refused, since it would delete all that its stack declares", () => {
    assert.throws(
      () => ofGroup(fleetOf(["payments", undefined]), "payment", "prod-payments"),
      (error) => {
        assert.ok(error instanceof PlatformError);
        const [fault] = error.faults;
        assert.equal(fault?.where, "Pulumi.prod-payments.yaml: ghcr-platform:group");
        assert.equal(fault?.got, "payment");
        assert.match(fault?.problem ?? "", /there are payments/);
        return true;
      },
    );
  });

  it("leaves the default stack what names no group, even if that is nothing", () => {
    assert.deepEqual(ofGroup(fleetOf(["payments"]), undefined, "prod").services, []);
  });

  it("has a name that can be part of a stack's name", () => {
    for (const group of ["Payments", "pay_ments", "-payments", "pay--ments", ""]) {
      assert.throws(() => fleetOf([group]), /lower-case letters and digits/, group);
    }
  });
});
