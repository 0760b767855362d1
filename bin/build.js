#!/usr/bin/env node
'use strict'

/*
 * Builds what `bin/run.js` starts: dist/ from src/ and commands/, then oclif's manifest, so that no
 * command is loaded to know its name. Types are stripped, not checked (`npm run typecheck` checks),
 * so that a clone is ready in seconds.
 *
 * With --if-stale only when a source is newer than the build. That is how `prepare` calls it: npm
 * runs it after `npm ci`, and npx once more when it links the project into its cache.
 */
const {spawnSync} = require('node:child_process')
const {existsSync, readdirSync, renameSync, rmSync, statSync} = require('node:fs')
const {join} = require('node:path')

const root = join(__dirname, '..')
const dist = join(root, 'dist')
const manifest = join(root, 'oclif.manifest.json')

class BuildError extends Error {}

try {
  if (!process.argv.includes('--if-stale') || isStale()) build()
} catch (error) {
  if (!(error instanceof BuildError)) throw error
  process.stderr.write(`Error: ${error.message}\n`)
  process.exitCode = 1
}

function build() {
  if (!isInstalled('typescript') || !isInstalled('oclif')) {
    fail('building needs the development dependencies: run `npm ci` without --omit=dev')
  }
  compile()
  rmSync(manifest, {force: true}) // oclif would read the commands from the old one
  runNode('oclif', 'bin/run.js', ['manifest'])
}

/** Into a folder of its own, then swapped, so that no command finds half a build. */
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

/** The manifest is written last. A folder counts too: its time changes when a file in it is removed. */
function isStale() {
  if (!existsSync(dist) || !existsSync(manifest)) return true
  const inFolders = ['src', 'commands', 'bin'].flatMap((folder) => [
    folder,
    ...readdirSync(join(root, folder), {recursive: true}).map((name) => join(folder, name)),
  ])
  const builtMs = statSync(manifest).mtimeMs
  const names = [...inFolders, 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json']
  return names.some((name) => statSync(join(root, name)).mtimeMs > builtMs)
}

function isInstalled(name) {
  return existsSync(join(root, 'node_modules', name))
}

/** Its own output says what went wrong, so a failure ends the build without a stack of ours. */
function runNode(packageName, script, args) {
  const path = join(root, 'node_modules', packageName, script)
  const {status} = spawnSync(process.execPath, [path, ...args], {cwd: root, stdio: ['ignore', 'inherit', 'inherit']})
  if (status !== 0) fail(`${packageName} ${args[0]} failed, so streambus is not built`)
}

function fail(message) {
  throw new BuildError(message)
}
