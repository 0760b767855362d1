import {realpath, statfs} from 'node:fs/promises'
import {dirname, resolve} from 'node:path'
import {mountOf, parseMounts} from './mounts.ts'
import {readText} from './read-text.ts'

export interface FileSystem {
  readonly name: string // `ext4`, `tmpfs`, `overlay`; `0x...` for one without a name here
  readonly device: string // `/dev/vda`; '' where it is unknown
}

/** f_type of statfs(2), from linux/magic.h and statfs(2). Several systems share ext2's number. */
const NAMES_BY_MAGIC: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
  [0x794c7630, 'overlay'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x2fc12fc1, 'zfs'],
  [0xf2f52010, 'f2fs'],
  [0x6969, 'nfs'],
  [0xff534d42, 'cifs'],
  [0xfe534d42, 'smb2'],
  [0x01021997, '9p'],
  [0x65735546, 'fuse'],
  [0x6a656a63, 'virtiofs'],
  [0x00c36400, 'ceph'],
  [0x4d44, 'vfat'],
  [0x2011bab0, 'exfat'],
  [0x5346544e, 'ntfs'],
  [0x958458f6, 'hugetlbfs'],
])

/**
 * The file system that `path` lies on, or would lie on (of the nearest folder that exists). The
 * mount table knows the exact name and the device; where it disagrees with the kernel's magic
 * number about memory, the kernel is right. Undefined where neither can be read.
 */
export async function fileSystemOf(path: string): Promise<FileSystem | undefined> {
  const existing = await nearestExisting(path)
  const [facts, mountinfo] = await Promise.all([
    statfs(existing).catch(() => undefined),
    readText('/proc/self/mountinfo'),
  ])
  const byMagic = facts === undefined ? undefined : fileSystemName(facts.type)
  const mount = mountinfo === undefined ? undefined : mountOf(parseMounts(mountinfo), existing)
  if (mount === undefined) return byMagic === undefined ? undefined : {name: byMagic, device: ''}
  const contradicted = byMagic !== undefined && isVolatile({name: byMagic}) !== isVolatile({name: mount.fileSystem})
  return contradicted ? {name: byMagic, device: ''} : {name: mount.fileSystem, device: mount.device}
}

/** The name for a magic number of statfs; negative ones come from a signed 32-bit field. */
export function fileSystemName(magic: number): string {
  const unsigned = magic >>> 0
  return NAMES_BY_MAGIC.get(unsigned) ?? `0x${unsigned.toString(16)}`
}

/** Whether its files are memory: fsync is free there and nothing outlives a power cut. */
export function isVolatile(fileSystem: {readonly name: string}): boolean {
  return ['tmpfs', 'ramfs', 'rootfs', 'devtmpfs', 'hugetlbfs'].includes(fileSystem.name)
}

/** Bytes that an ordinary user may still write where `path` lies; undefined where the system does not tell. */
export async function freeBytesOf(path: string): Promise<number | undefined> {
  const facts = await statfs(await nearestExisting(path)).catch(() => undefined)
  return facts === undefined ? undefined : facts.bavail * facts.bsize
}

async function nearestExisting(path: string): Promise<string> {
  let at = resolve(path)
  while (at !== dirname(at)) {
    const real = await realpath(at).catch(() => undefined)
    if (real !== undefined) return real
    at = dirname(at)
  }
  return at
}
