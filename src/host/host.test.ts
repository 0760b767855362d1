import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import {fullResults} from '../../test/fixtures/full-results.ts'
import {firstSchemaProblem} from '../store/results-schema.ts'
import {cgroupFolders, parseCpuMax, parseMemoryLimit} from './cgroup.ts'
import {environmentOf} from './environment.ts'
import {fileSystemName, fileSystemOf, freeBytesOf, isVolatile} from './file-system.ts'
import {gitStateOf, parseGitStatus} from './git.ts'
import {mountOf, parseMounts} from './mounts.ts'
import {parseProcessUsage, processUsageOf} from './process-usage.ts'
import {virtualizationOf} from './virtualization.ts'

// Lines as proc_pid_mountinfo(5) describes them; the last but one is mounted over the one before.
const MOUNTINFO = `22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
30 25 0:27 / /dev/shm rw,relatime - tmpfs tmpfs rw,size=24684092k
40 27 8:17 / /mnt/my\\040disk rw,noatime master:2 propagate_from:1 - xfs /dev/sdb1 rw
41 27 0:50 / /mnt/my\\040disk rw - overlay overlay rw,lowerdir=/l
broken line`

test('a mount table: blanks in names, optional fields, the last of two mounts on one point', () => {
  const mounts = parseMounts(MOUNTINFO)
  expect(mounts).toHaveLength(5)
  expect(mountOf(mounts, '/dev/shm/x')).toMatchObject({fileSystem: 'tmpfs'})
  expect(mountOf(mounts, '/dev/shmem')).toMatchObject({fileSystem: 'ext4', device: '/dev/vda'})
  expect(mountOf(mounts, '/mnt/my disk/data')).toMatchObject({fileSystem: 'overlay', mountPoint: '/mnt/my disk'})
  expect(mountOf([], '/x')).toBeUndefined()
})

test('magic numbers of statfs(2), also as a signed field gives them', () => {
  expect(fileSystemName(0x01021994)).toBe('tmpfs')
  expect(fileSystemName(0x9123683e | 0)).toBe('btrfs') // negative as 32 bits
  expect(fileSystemName(0x12345)).toBe('0x12345')
})

test('only memory is volatile', () => {
  expect(['tmpfs', 'ramfs', 'ext4', 'overlay', 'xfs'].filter((name) => isVolatile({name}))).toEqual(['tmpfs', 'ramfs'])
})

test('the file system of a path that does not exist yet is that of its nearest folder', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streambus-host-'))
  try {
    const here = await fileSystemOf(folder)
    expect(await fileSystemOf(join(folder, 'not', 'yet'))).toEqual(here)
    expect(await freeBytesOf(join(folder, 'not', 'yet'))).toBeGreaterThan(0)
  } finally {
    await rm(folder, {recursive: true})
  }
})

test('control groups, version 2: the leaf and its ancestors', () => {
  const mountinfo = '31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate'
  expect(cgroupFolders('0::/user.slice/run-1.scope\n', mountinfo)).toEqual([
    {
      version: 2,
      cpu: ['/sys/fs/cgroup/user.slice/run-1.scope', '/sys/fs/cgroup/user.slice', '/sys/fs/cgroup'],
      memory: ['/sys/fs/cgroup/user.slice/run-1.scope', '/sys/fs/cgroup/user.slice', '/sys/fs/cgroup'],
    },
  ])
})

test('control groups, version 1 in a container: the path repeats the root of the mount', () => {
  const mountinfo = `32 31 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory`
  expect(
    cgroupFolders('4:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc/x\n1:name=systemd:/docker/abc\n', mountinfo),
  ).toEqual([
    {
      version: 1,
      cpu: ['/sys/fs/cgroup/cpu,cpuacct/x', '/sys/fs/cgroup/cpu,cpuacct'],
      memory: ['/sys/fs/cgroup/memory'],
    },
  ])
})

test('limits, and what means none', () => {
  expect(parseCpuMax('150000 100000\n')).toBe(1.5)
  expect(parseCpuMax('max 100000\n')).toBeUndefined()
  expect(parseCpuMax('')).toBeUndefined()
  expect(parseMemoryLimit('4294967296\n')).toBe(4294967296)
  expect(parseMemoryLimit('max\n')).toBeUndefined()
  expect(parseMemoryLimit('9223372036854771712\n')).toBeUndefined() // version 1 without a limit
  expect(parseMemoryLimit('')).toBeUndefined()
})

test('a process whose name holds blanks and brackets; 250 + 50 ticks of 10 ms are 3 s', () => {
  const stat = '77 (a) b (c) S 1 77 77 0 -1 4194304 102 0 0 0 250 50 0 0 20 0 1 0 145815 3133440 384'
  const status = 'Name:\ta\nVmHWM:\t    2000 kB\nVmRSS:\t    1740 kB\n'
  expect(parseProcessUsage(stat, status)).toEqual({
    state: 'S',
    cpuNs: 3e9,
    rssBytes: 1740 * 1024,
    rssBytesMax: 2000 * 1024,
  })
  expect(parseProcessUsage('77 (zombie) Z 1 77 77 0 -1 0 0 0 0 0 1 2 0', 'Name:\tzombie\n')).toEqual({
    state: 'Z',
    cpuNs: 3e7,
    rssBytes: 0,
    rssBytesMax: 0,
  })
  expect(parseProcessUsage('', '')).toBeUndefined()
})

test.skipIf(process.platform !== 'linux')('a child that works uses CPU, and is undefined once it is gone', async () => {
  const child = spawn(process.execPath, ['-e', 'for (;;);'])
  try {
    let cpuNs = 0
    while (cpuNs < 5e7) cpuNs = (await processUsageOf(child.pid!))?.cpuNs ?? Number.NaN
    expect((await processUsageOf(child.pid!))?.rssBytes).toBeGreaterThan(1e6)
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  expect(await processUsageOf(child.pid!)).toBeUndefined()
})

test.each([
  [{cpuinfo: 'flags\t: fpu sse hypervisor\n', dmiVendor: 'QEMU'}, 'kvm'],
  [{cpuinfo: 'flags\t: fpu sse hypervisor\n', dmiVendor: 'Amazon EC2'}, 'amazon'],
  [{cpuinfo: 'flags\t: fpu sse hypervisor\n'}, 'unknown hypervisor'],
  [{cpuinfo: 'flags\t: fpu sse\n', dmiVendor: 'Amazon EC2'}, undefined], // a metal instance
  [{cpuinfo: 'Features\t: fp asimd\n', clockSource: 'xen'}, 'xen'], // Arm tells no hypervisor flag
  [{}, undefined],
])('virtualization of %o is %s', (texts, name) => {
  expect(virtualizationOf(texts)).toBe(name)
})

test('git status: clean, dirty, without a commit', () => {
  const oid = '0123456789abcdef0123456789abcdef01234567'
  expect(parseGitStatus(`# branch.oid ${oid}\n# branch.head main\n`)).toEqual({commit: oid, dirty: false})
  expect(parseGitStatus(`# branch.oid ${oid}\n1 .M N... 100644 100644 100644 a b c.ts\n`)?.dirty).toBe(true)
  expect(parseGitStatus('# branch.oid (initial)\n# branch.head main\n')).toBeUndefined()
})

test('outside of a repository, or of any folder, there is no git state', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'streambus-host-'))
  expect(await gitStateOf(folder)).toBeUndefined()
  await rm(folder, {recursive: true})
  expect(await gitStateOf(folder)).toBeUndefined()
})

test('the environment of this machine fits the schema of results', async () => {
  const environment = await environmentOf({cwd: tmpdir(), version: '1.2.3', dataDir: join(tmpdir(), 'not-yet')})
  expect(environment.client).toEqual({version: '1.2.3', node: process.versions.node, v8: process.versions.v8})
  expect(environment.host.cpuCount).toBeGreaterThan(0)
  expect(await firstSchemaProblem({...fullResults, environment})).toBeUndefined()
})
