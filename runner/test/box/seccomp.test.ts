import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type FilterKind, filterKinds, seccompFilter } from "../../src/box/seccomp/filter.ts";
import { type Architecture, architectures, type SystemCall } from "../../src/box/seccomp/system-calls.ts";

const [allow, refuse, kill] = [0x7fff0000, 0x00050000, 0x80000000];
const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97];

function architecture(name: string): Architecture {
  const found = architectures[name];
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

/** What the kernel would answer: classic BPF over struct seccomp_data, as far as our filters use it. */
function verdict(filter: Buffer, call: number, audit: number, first = 0, second = 0): number {
  const data = new Map([
    [0, call],
    [4, audit],
    [16, first],
    [24, second],
  ]);
  let accumulator = 0;
  for (let place = 0; ; place++) {
    const at = place * 8;
    const [code, value] = [filter.readUInt16LE(at), filter.readUInt32LE(at + 4)];
    const jump = (isTrue: boolean) => {
      place += filter.readUInt8(at + (isTrue ? 2 : 3));
    };
    if (code === 0x06) return value;
    if (code === 0x20) accumulator = data.get(value) ?? Number.NaN;
    else if (code === 0x54) accumulator &= value;
    else if (code === 0x15) jump(accumulator === value);
    else if (code === 0x35) jump(accumulator >= value);
    else if (code === 0x45) jump((accumulator & value) !== 0);
    else throw new Error(`unknown instruction ${code}`);
  }
}

describe.each(["x64", "arm64"])("the filter of %s", (name) => {
  const kernel = architecture(name);
  const filterOf = (kind: FilterKind, startsProcesses = true) => seccompFilter(kernel, { kind, startsProcesses });
  const ask = (kind: FilterKind, call: SystemCall, ...given: number[]) =>
    verdict(filterOf(kind), kernel.numberOf(call) ?? -1, kernel.audit, ...given);

  it.each(filterKinds)("refuses what no media needs, %s", (kind) => {
    for (const call of [
      "ptrace",
      "mount",
      "unshare",
      "setns",
      "bpf",
      "io_uring_setup",
      "symlinkat",
      "mknodat",
      "fchmodat",
      "fchownat",
      "truncate",
      "setxattr",
      "file_setattr",
      "mq_open",
      "sched_setscheduler",
      "ioprio_set",
    ] as const)
      expect([call, ask(kind, call)]).toEqual([call, refuse + EPERM]);
    expect(ask(kind, "clone3")).toBe(refuse + ENOSYS);
  });

  it("lets threads and processes be made, and no namespaces", () => {
    const thread = 0x3d0f00;
    expect(ask("offline", "clone", thread)).toBe(allow);
    for (const flag of [0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000, 0x80])
      expect([flag, ask("offline", "clone", thread | flag)]).toEqual([flag, refuse + EPERM]);
  });

  it("gives each kind its sockets, and no other", () => {
    const families = (kind: FilterKind) =>
      Array.from({ length: 45 }, (_, family) => family).filter((family) => ask(kind, "socket", family) === allow);
    expect(families("offline")).toEqual([]);
    expect(families("network")).toEqual([2, 10]);
    expect(families("devices")).toEqual([16]);
    expect(ask("network", "socket", 1)).toBe(refuse + EAFNOSUPPORT);
    expect(ask("network", "listen")).toBe(refuse + EPERM);
  });

  it("lets nobody send to a name of the host's, neither by a socket nor by one of a pair", () => {
    const [unix, stream, datagram, raw, packets, cloexec] = [1, 1, 2, 3, 5, 0o2000000];
    for (const kind of filterKinds)
      for (const type of [datagram, raw, datagram | cloexec])
        expect([kind, type, ask(kind, "socketpair", unix, type)]).toEqual([kind, type, refuse + EAFNOSUPPORT]);
    for (const kind of filterKinds)
      for (const type of [stream, packets, stream | cloexec]) expect(ask(kind, "socketpair", unix, type)).toBe(allow);
    // As NVIDIA's driver does, or it gives up.
    expect(ask("devices", "socket", unix, packets | cloexec)).toBe(allow);
    expect(ask("devices", "listen")).toBe(allow);
    expect(ask("devices", "socket", unix, datagram)).toBe(refuse + EAFNOSUPPORT);
    for (const call of ["connect", "accept", "accept4"] as const) expect(ask("devices", call)).toBe(refuse + EPERM);
    expect(ask("network", "connect")).toBe(allow);
  });

  it("leaves no memory behind that is nobody's, but to drivers", () => {
    for (const call of ["memfd_create", "shmget", "semget", "msgget"] as const)
      expect(filterKinds.map((kind) => ask(kind, call))).toEqual([refuse + EPERM, refuse + EPERM, allow]);
  });

  it("lets a program set its own limits, cores and priority, and no other's", () => {
    for (const call of ["prlimit64", "sched_setaffinity"] as const)
      expect([ask("offline", call, 0), ask("offline", call, 1)]).toEqual([allow, refuse + EPERM]);
    const [process, user] = [0, 2];
    expect(ask("offline", "setpriority", process, 0)).toBe(allow);
    expect(ask("offline", "setpriority", process, 1)).toBe(refuse + EPERM);
    expect(ask("offline", "setpriority", user, 0)).toBe(refuse + EPERM);
  });

  it("lets threads alone be made where nothing would end a process", () => {
    const [thread, process] = [0x3d0f00, 0x01200011];
    const alone = (call: SystemCall, flags = 0) =>
      verdict(filterOf("devices", false), kernel.numberOf(call) ?? -1, kernel.audit, flags);
    expect([alone("clone", thread), alone("clone", process)]).toEqual([allow, refuse + EPERM]);
    expect(alone("clone3")).toBe(refuse + ENOSYS);
    for (const call of ["fork", "vfork"] as const)
      if (kernel.numberOf(call) !== null) expect(alone(call)).toBe(refuse + EPERM);
    expect(ask("offline", "clone", process)).toBe(allow);
  });

  it("stops programs of another architecture", () => {
    const filter = filterOf("offline");
    expect(verdict(filter, 0, 0x40000003)).toBe(kill);
    if (kernel.foreignFrom !== null) expect(verdict(filter, kernel.foreignFrom + 1, kernel.audit)).toBe(kill);
    expect(verdict(filter, 0, kernel.audit)).toBe(allow);
  });

  it("fits what the kernel takes", () => {
    for (const kind of filterKinds) expect(filterOf(kind, false).length / 8).toBeLessThan(4_096);
  });
});

/** The kernel's own tables, where its headers are installed. */
const headers = {
  x64: "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
  arm64: "/usr/include/asm-generic/unistd.h",
};

describe.each(Object.entries(headers))("the numbers of %s", (name, header) => {
  it.skipIf(!existsSync(header))("are the kernel's", () => {
    const told = [...readFileSync(header, "utf8").matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm)];
    const numbers = new Map(told.map(([, call = "", number]) => [call, Number(number)]));
    const source = readFileSync(new URL("../../src/box/seccomp/system-calls.ts", import.meta.url), "utf8");
    const calls = [...source.matchAll(/^ {2}(\w+): \[/gm)].map(([, call]) => call as SystemCall);
    expect(calls.length).toBeGreaterThan(60);
    // Headers are older than kernels: what they don't know yet was looked up in newer ones.
    const newest = Math.max(...numbers.values());
    for (const call of calls.filter((each) => (architecture(name).numberOf(each) ?? 0) <= newest))
      expect([call, architecture(name).numberOf(call)]).toEqual([call, numbers.get(call) ?? null]);
  });
});
