import {execFileSync} from 'node:child_process'
import {join} from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** Vitest's global setup: the tests of the built program need a build that is newer than its sources. */
export default function buildOnce(): void {
  const build = [join(root, 'bin', 'build.js'), '--if-stale']
  execFileSync(process.execPath, build, {cwd: root, stdio: ['ignore', 'ignore', 'inherit']})
}
