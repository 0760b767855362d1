/** A line of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly root: string // the part of the file system that is mounted
  readonly mountPoint: string
  readonly fileSystem: string // `ext4`
  readonly device: string // `/dev/vda`
  readonly options: string // of the super block: `rw,memory`
}

/** Lines that do not parse are left out. */
export function parseMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ', 2)
    const left = before?.split(' ') ?? []
    const right = after?.split(' ') ?? []
    const [root, mountPoint] = [left[3], left[4]]
    const [fileSystem, device, options] = right
    if (root === undefined || mountPoint === undefined || fileSystem === undefined || device === undefined) return []
    return [
      {
        root: unescapeOctal(root),
        mountPoint: unescapeOctal(mountPoint),
        fileSystem,
        device: unescapeOctal(device),
        options: options ?? '',
      },
    ]
  })
}

/** The mount that `path` (absolute, links resolved) lies on: the longest prefix, of equal ones the last mounted. */
export function mountOf(mounts: readonly Mount[], path: string): Mount | undefined {
  let found: Mount | undefined
  for (const mount of mounts) {
    if (!isWithin(path, mount.mountPoint)) continue
    if (found === undefined || mount.mountPoint.length >= found.mountPoint.length) found = mount
  }
  return found
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

/** Blanks, tabs, newlines and backslashes are written `\040` and so on. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)))
}
