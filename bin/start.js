'use strict'

const {existsSync} = require('node:fs')
const {enableCompileCache} = require('node:module')
const {join} = require('node:path')
const {pathToFileURL} = require('node:url')

const root = join(__dirname, '..')
const main = join(root, 'dist', 'src', 'cli', 'main.js')

if (existsSync(main)) {
  enableCompileCache?.() // compiled code of earlier starts, kept in the system's temporary folder
  import(pathToFileURL(main).href).then(({runProgram}) => runProgram(root))
} else {
  process.stderr.write('Error: streambus is not built: run `npm ci` or `npm run build` in its folder (exit 2)\n')
  process.exitCode = 2
}
