import {execFile} from 'node:child_process'

const TIMEOUT_MS = 1000

export interface GitState {
  readonly commit: string
  readonly dirty: boolean // tracked files differ from the commit; files git does not know do not count
}

/** State of the repository around `cwd`; undefined without git, without a commit, or after one second. */
export async function gitStateOf(cwd: string): Promise<GitState | undefined> {
  const args = ['status', '--porcelain=v2', '--branch', '--untracked-files=no']
  const env = {...process.env, GIT_OPTIONAL_LOCKS: '0'} // never in the way of the user's own git
  return await new Promise((settle) => {
    execFile('git', args, {cwd, env, timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: 1 << 24}, (error, stdout) =>
      settle(error === null ? parseGitStatus(stdout) : undefined),
    )
  })
}

/** From `git status --porcelain=v2 --branch`: header lines start with `#`, each other line is a change. */
export function parseGitStatus(status: string): GitState | undefined {
  const commit = /^# branch\.oid ([0-9a-f]{40,64})$/m.exec(status)?.[1]
  if (commit === undefined) return undefined
  return {commit, dirty: status.split('\n').some((line) => line !== '' && !line.startsWith('#'))}
}
