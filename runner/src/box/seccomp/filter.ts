import type { Reach } from "../box.ts";
import type { Architecture, SystemCall } from "./system-calls.ts";

/** What a program in a box may use of sockets: none; HTTP of its own; those that drivers talk by. */
export const filterKinds = ["offline", "network", "devices"] as const;
export type FilterKind = (typeof filterKinds)[number];

export function filterOf({ network, devices = [] }: Pick<Reach, "network" | "devices">): FilterKind {
  if (devices.length > 0) return "devices";
  return network ? "network" : "offline";
}

/**
 * Refused to every program: looking into others, mounts and namespaces, other ways into the kernel, the host's clock, name
 * and power, and when others get a core or the disk. Links and nodes too, or what lies in the scratch directory could be the
 * runner's own file; and whose a file is, and what may be done with it, or the runner could be kept from what lies there.
 */
const refused: readonly SystemCall[] = [
  ...(["ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd"] as const),
  ...([
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "move_mount",
    "open_tree",
    "open_tree_attr",
    "fsopen",
    "fsconfig",
    "fsmount",
  ] as const),
  ...(["fspick", "mount_setattr", "quotactl", "quotactl_fd", "setns", "unshare", "fanotify_init"] as const),
  ...(["name_to_handle_at", "open_by_handle_at", "lookup_dcookie", "bpf", "perf_event_open", "userfaultfd"] as const),
  ...(["io_uring_setup", "io_uring_enter", "io_uring_register", "keyctl", "add_key", "request_key"] as const),
  ...(["init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"] as const),
  ...(["swapon", "swapoff", "acct", "syslog", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime"] as const),
  ...(["sethostname", "setdomainname", "vhangup", "iopl", "ioperm", "modify_ldt", "uselib", "personality"] as const),
  ...(["move_pages", "migrate_pages", "memfd_secret", "mq_open"] as const),
  ...(["sched_setscheduler", "sched_setparam", "sched_setattr", "ioprio_set"] as const),
  ...(["symlink", "symlinkat", "link", "linkat", "mknod", "mknodat"] as const),
  ...(["chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "truncate"] as const),
  ...(["setxattr", "lsetxattr", "fsetxattr", "setxattrat"] as const),
  ...(["removexattr", "lremovexattr", "fremovexattr", "removexattrat", "file_setattr"] as const),
  ...(["utime", "utimes", "futimesat", "utimensat"] as const),
];

/** Memory that no limit counts, and that may outlive its program. Drivers share some. */
const sharedMemory: readonly SystemCall[] = ["memfd_create", "shmget", "semget", "msgget"];

/**
 * Further ones of a kind. NVIDIA's driver gives up where it may not listen by a name of its own; nobody is answered there, and
 * no name of another's is reached.
 */
const refusedTo: Readonly<Record<FilterKind, readonly SystemCall[]>> = {
  offline: sharedMemory,
  network: [...sharedMemory, "listen", "accept", "accept4"],
  devices: ["connect", "accept", "accept4"],
};

const [AF_UNIX, AF_INET, AF_INET6, AF_NETLINK] = [1, 2, 10, 16];
/** Where names of the host can be seen, a socket by name would reach the host's own services. */
const families: Readonly<Record<FilterKind, readonly number[]>> = {
  offline: [],
  network: [AF_INET, AF_INET6],
  devices: [AF_NETLINK],
};
/** Of AF_UNIX: these speak to one peer alone. A datagram may be sent to any name, even by one of a pair. */
const [SOCK_STREAM, SOCK_SEQPACKET] = [1, 5];
/** Of a socket's type; the rest of it are flags. */
const typeMask = 0xf;

/** Of setpriority(2): a process, not a group or a user. */
const PRIO_PROCESS = 0;
const [EPERM, ENOSYS, EAFNOSUPPORT] = [1, 38, 97];
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME. */
const newNamespaces = 0x7e020080;
/** CLONE_THREAD: of the same process. */
const newThread = 0x00010000;

// linux/bpf_common.h, linux/seccomp.h
const [LOAD, AND, EQUAL, AT_LEAST, ANY_BIT, RETURN] = [0x20, 0x54, 0x15, 0x35, 0x45, 0x06];
const [ALLOW, REFUSE, KILL] = [0x7fff0000, 0x00050000, 0x80000000];
// struct seccomp_data
const [callAt, architectureAt, firstArgumentAt, secondArgumentAt] = [0, 4, 16, 24];

type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

export interface FilterOptions {
  readonly kind: FilterKind;
  /** Whether it may start processes: only where walls end them with it. */
  readonly startsProcesses: boolean;
}

/** A filter of system calls as bubblewrap takes it: classic BPF, eight bytes an instruction (seccomp(2)). */
export function seccompFilter(architecture: Architecture, options: FilterOptions): Buffer {
  const instructions = [...whoseCall(architecture), ...calls(architecture, options), answer(ALLOW)];
  const program = Buffer.alloc(instructions.length * 8);
  for (const [place, [code, ifTrue, ifFalse, value]] of instructions.entries()) {
    program.writeUInt16LE(code, place * 8);
    program.writeUInt8(ifTrue, place * 8 + 2);
    program.writeUInt8(ifFalse, place * 8 + 3);
    program.writeUInt32LE(value, place * 8 + 4);
  }
  return program;
}

/** Numbers mean other calls to a program of another architecture: it is stopped. Leaves the call's number to look at. */
function whoseCall({ audit, foreignFrom }: Architecture): Instruction[] {
  const own: Instruction[] = [[LOAD, 0, 0, architectureAt], [EQUAL, 1, 0, audit], answer(KILL), [LOAD, 0, 0, callAt]];
  return foreignFrom === null ? own : [...own, [AT_LEAST, 0, 1, foreignFrom], answer(KILL)];
}

function calls({ numberOf }: Architecture, { kind, startsProcesses }: FilterOptions): Instruction[] {
  const on = (call: SystemCall, then: readonly Instruction[]): Instruction[] => {
    const number = numberOf(call);
    return number === null ? [] : [[EQUAL, 0, then.length, number], ...then];
  };
  const forks: readonly SystemCall[] = startsProcesses ? [] : ["fork", "vfork"];
  const onlyThreads: readonly Instruction[] = startsProcesses
    ? []
    : [[ANY_BIT, 1, 0, newThread], answer(REFUSE + EPERM)];
  return [
    ...[...refused, ...refusedTo[kind], ...forks].flatMap((call) => on(call, [answer(REFUSE + EPERM)])),
    // Its flags lie in memory, where no filter sees them: the C library falls back to clone.
    ...on("clone3", [answer(REFUSE + ENOSYS)]),
    ...on("clone", [
      [LOAD, 0, 0, firstArgumentAt],
      [ANY_BIT, 0, 1, newNamespaces],
      answer(REFUSE + EPERM),
      ...onlyThreads,
      answer(ALLOW),
    ]),
    // Its own alone: another process's are in reach for who has the same user.
    ...on("prlimit64", [[LOAD, 0, 0, firstArgumentAt], ...ifItself]),
    ...on("sched_setaffinity", [[LOAD, 0, 0, firstArgumentAt], ...ifItself]),
    ...on("setpriority", [
      [LOAD, 0, 0, firstArgumentAt],
      [EQUAL, 1, 0, PRIO_PROCESS],
      answer(REFUSE + EPERM),
      [LOAD, 0, 0, secondArgumentAt],
      ...ifItself,
    ]),
    ...on("socket", [
      [LOAD, 0, 0, firstArgumentAt],
      ...families[kind].flatMap((family): Instruction[] => [[EQUAL, 0, 1, family], answer(ALLOW)]),
      ...(kind === "devices" ? toOnePeer : []),
      answer(REFUSE + EAFNOSUPPORT),
    ]),
    ...on("socketpair", [[LOAD, 0, 0, firstArgumentAt], ...toOnePeer, answer(REFUSE + EAFNOSUPPORT)]),
  ];
}

/** Allows a call for the process, by the number 0, or the thread that makes it; loaded is the argument that says whose it is. */
const ifItself: readonly Instruction[] = [[EQUAL, 1, 0, 0], answer(REFUSE + EPERM), answer(ALLOW)];

/** Allows AF_UNIX, where the family has been loaded, with a type that speaks to one peer. */
const toOnePeer: readonly Instruction[] = [
  [EQUAL, 0, 5, AF_UNIX],
  [LOAD, 0, 0, secondArgumentAt],
  [AND, 0, 0, typeMask],
  [EQUAL, 1, 0, SOCK_STREAM],
  [EQUAL, 0, 1, SOCK_SEQPACKET],
  answer(ALLOW),
];

function answer(value: number): Instruction {
  return [RETURN, 0, 0, value];
}
