import { lstatSync, readlinkSync } from "node:fs";
import { dirname } from "node:path";

/** What programs are made of: read-only, as it is. */
const systemDirectory = "/usr";
/** Where systems that have merged them keep links into /usr, and others directories. */
const besideUsr = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/** How libraries and fonts are found, and how many processors there are, on which node: encoders make their threads by it. */
const systemFiles = [
  "/etc/ld.so.cache",
  "/etc/ld.so.conf",
  "/etc/ld.so.conf.d",
  "/etc/alternatives",
  "/etc/fonts",
  "/var/cache/fontconfig",
  "/sys/devices/system/cpu",
  "/sys/devices/system/node",
];
/** How names become addresses. */
const networkFiles = [
  "/etc/resolv.conf",
  "/etc/hosts",
  "/etc/host.conf",
  "/etc/nsswitch.conf",
  "/etc/gai.conf",
  "/etc/services",
];
/** Drivers find their devices here. */
const deviceFiles = ["/sys", "/etc/OpenCL", "/etc/vulkan", "/etc/glvnd", "/etc/drirc"];

/** Of the system, what a program may read besides what every program may. */
export interface SystemNeeds {
  readonly network: boolean;
  readonly devices: boolean;
}

/** Files and directories of the host that every program may read; not each host has all. */
export function systemPaths(needs: SystemNeeds): string[] {
  return [systemDirectory, ...besideUsr, ...filesFor(needs)];
}

function filesFor({ network, devices }: SystemNeeds): string[] {
  return [...systemFiles, ...(network ? networkFiles : []), ...(devices ? deviceFiles : [])];
}

/** bubblewrap's options for the same. */
export function systemView(needs: SystemNeeds): string[] {
  const files = filesFor(needs);
  return [
    ...["--ro-bind", systemDirectory, systemDirectory],
    ...besideUsr.flatMap(linkOrDirectory),
    ...directoriesAbove(files),
    ...files.flatMap((path) => ["--ro-bind-try", path, path]),
  ];
}

/** Whether the box has a file anyway. */
export function isOfSystem(path: string): boolean {
  return path === systemDirectory || path.startsWith(`${systemDirectory}/`);
}

/** Makes the directories that lead to these paths: bubblewrap by itself would make them for root's eyes only. */
export function directoriesAbove(paths: readonly string[]): string[] {
  const directories = paths.flatMap((path) => {
    const names = dirname(path).split("/").slice(1);
    return names.map((_, depth) => `/${names.slice(0, depth + 1).join("/")}`);
  });
  return [...new Set(directories)]
    .filter((path) => path !== "/" && !isOfSystem(path))
    .flatMap((path) => ["--dir", path]);
}

function linkOrDirectory(path: string): string[] {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (status === undefined) return [];
  return status.isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path];
}
