#!/usr/bin/env node
'use strict'

/*
 * Builds what `bin/run.js` starts: dist/ from src/ and commands/, then oclif's manifest, so that no
 * command is loaded to know its name. `npm ci` calls it as `prepare`. Types are stripped, not
 * checked (`npm run typecheck` checks), so that a clone is ready in seconds.
 */
const {spawnSync} = require('node:child_process')
const {existsSync, mkdirSync, renameSync, rmSync, symlinkSync} = require('node:fs')
const {join} = require('node:path')

const root = join(__dirname, '..')
const dist = join(root, 'dist')

if (isInstalled('typescript') && isInstalled('oclif')) {
  compile()
  writeManifest()
  linkOwnBin()
} else if (!existsSync(dist)) {
  process.stderr.write('Error: building needs the development dependencies: run `npm ci` without --omit=dev\n')
  process.exitCode = 1
}

/** Into a folder of its own, then swapped, so that a command running now keeps its modules until the end. */
function compile() {
  const next = join(root, `dist-next-${process.pid}`)
  const previous = join(root, `dist-previous-${process.pid}`)
  try {
    runNode('typescript', 'bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', next])
    if (existsSync(dist)) renameSync(dist, previous)
    renameSync(next, dist)
  } finally {
    rmSync(next, {recursive: true, force: true})
    rmSync(previous, {recursive: true, force: true})
  }
}

function writeManifest() {
  rmSync(join(root, 'oclif.manifest.json'), {force: true}) // oclif would read commands from the old one
  runNode('oclif', 'bin/run.js', ['manifest'])
}

/** npm links the bins of dependencies, not of the project itself; with this one `npx streambus` needs no install. */
function linkOwnBin() {
  const folder = join(root, 'node_modules', '.bin')
  const link = join(folder, 'streambus')
  mkdirSync(folder, {recursive: true})
  rmSync(link, {force: true})
  symlinkSync(join('..', '..', 'bin', 'run.js'), link)
}

function isInstalled(name) {
  return existsSync(join(root, 'node_modules', name))
}

/** Its own output says what went wrong, so a failure ends the build without a stack of ours. */
function runNode(packageName, script, args) {
  const path = join(root, 'node_modules', packageName, script)
  const {status} = spawnSync(process.execPath, [path, ...args], {cwd: root, stdio: ['ignore', 'inherit', 'inherit']})
  if (status === 0) return
  process.stderr.write(`Error: ${packageName} ${args[0]} failed, so streambus is not built\n`)
  process.exit(1)
}
