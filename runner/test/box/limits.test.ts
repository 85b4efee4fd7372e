import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { limitWalls } from "../../src/box/bare.ts";
import { openBox } from "../../src/box/boxes.ts";
import { ownCeilings } from "../../src/box/ceilings.ts";
import { limitWords, memoryBound, memoryShare } from "../../src/box/limits.ts";
import { BoxUsers } from "../../src/box/users.ts";
import { testLimits } from "../support/box.ts";

const GiB = 1024 ** 3;

describe("a slot's share of the memory", () => {
  it("is what the others and the system leave, within what encoders need", () => {
    expect(memoryShare(4, 65 * GiB)).toBe(16 * GiB);
    expect(memoryShare(8, 8 * GiB)).toBe(4 * GiB);
    expect(memoryShare(1, 512 * GiB)).toBe(32 * GiB);
    expect(memoryShare(2, 3 * GiB)).toBe(3 * GiB);
  });
});

describe("a task's bound of memory", () => {
  it("is every task's, or twice what it is expected to need, as far as the host goes", () => {
    expect(memoryBound(4 * GiB, 1 * GiB, 16 * GiB)).toBe(4 * GiB);
    expect(memoryBound(4 * GiB, 6 * GiB, 16 * GiB)).toBe(12 * GiB);
    expect(memoryBound(4 * GiB, 12 * GiB, 16 * GiB)).toBe(16 * GiB);
    expect(memoryBound(4 * GiB, 12 * GiB, 4 * GiB)).toBe(4 * GiB);
  });
});

const unlimited = ownCeilings("");

describe("the limits of a program", () => {
  const reach = { reads: [], writes: [], cwd: "/" };
  const words = (more: object, countsMemory: boolean) =>
    limitWords("prlimit", { ...reach, ...more }, { limits: testLimits, ceilings: unlimited, countsMemory }).join(" ");

  it("leave memory to a group, where there is one", () => {
    expect(words({}, true)).not.toMatch(/--data|--as/);
    expect(words({}, false)).toContain(`--data=${8 * GiB} --as=${16 * GiB} `);
  });

  it("take mapped files and devices for no memory", () => {
    expect(words({ mapsFiles: true }, false)).not.toMatch(/--as|--fsize/);
    expect(words({ devices: ["/dev/dri/renderD128"] }, false)).not.toContain("--as");
    expect(words({ devices: ["/dev/dri/renderD128"] }, false)).toContain("--fsize");
  });

  it("warn a program of the end of its processor time before they kill it", () => {
    const deaf = 5 * availableParallelism();
    expect(words({}, true)).toContain(`--cpu=3600:${3_600 + deaf}`);
  });

  it("are never more than the runner itself has, who could not give them", () => {
    const ceilings = ownCeilings(
      [
        "Limit                     Soft Limit           Hard Limit           Units     ",
        "Max cpu time              unlimited            600                  seconds   ",
        "Max file size             unlimited            unlimited            bytes     ",
        "Max processes             96365                96365                processes ",
        "Max open files            1024                 512                  files     ",
        "Max address space         unlimited            unlimited            bytes     ",
      ].join("\n"),
    );
    const bounded = limitWords("prlimit", reach, { limits: testLimits, ceilings, countsMemory: true }).join(" ");
    expect(bounded).toBe("prlimit --fsize=4294967296 --nofile=512 --nproc=4096 --cpu=600:600 --core=0 --");
  });

  it("follow what a task turns out to need, for the programs that it starts from then on", () => {
    const tools = { sh: "/bin/sh", prlimit: "prlimit", setpriv: "setpriv" };
    const walls = limitWalls(tools, { isRoot: false, dropsUser: false });
    const parts = {
      walls,
      tools,
      limits: testLimits,
      ceilings: unlimited,
      memoryGroups: null,
      users: new BoxUsers(0, 0),
    };
    const box = openBox(parts, (bytes) => ({ ...testLimits, memoryBytes: bytes }));
    const dataOf = () => box.enclose("/bin/true", [], { reads: [], writes: [], cwd: "/" }).command.join(" ");
    expect(dataOf()).toContain(`--data=${8 * GiB} `);
    box.expect(9 * GiB);
    expect(dataOf()).toContain(`--data=${18 * GiB} `);
  });
});
