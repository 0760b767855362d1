import {execFileSync} from 'node:child_process'
import {existsSync, readdirSync, statSync} from 'node:fs'
import {join} from 'node:path'

const root = join(import.meta.dirname, '..', '..')

/** Vitest's global setup: the tests of the built program need a build that is newer than its sources. */
export default function buildOnce(): void {
  const manifest = join(root, 'oclif.manifest.json')
  if (existsSync(manifest) && statSync(manifest).mtimeMs >= newestSourceMs()) return
  execFileSync(process.execPath, [join(root, 'bin', 'build.js')], {cwd: root, stdio: ['ignore', 'ignore', 'inherit']})
}

function newestSourceMs(): number {
  const inFolders = ['src', 'commands', 'bin'].flatMap((folder) =>
    readdirSync(join(root, folder), {recursive: true, encoding: 'utf8'}).map((name) => join(root, folder, name)),
  )
  const paths = [...inFolders, join(root, 'package.json'), join(root, 'tsconfig.build.json')]
  return Math.max(...paths.map((path) => statSync(path).mtimeMs))
}
