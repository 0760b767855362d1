import {readFile, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {environmentOf} from '../../src/host/environment.ts'
import {metricsTable, ObservedBroker, withTable} from './observed-broker.ts'
import {rewriteBlocks, withMachine} from './tour.ts'

/** `npm run docs:observability`: runs the commands of the page against a broker and writes their output into it. */
const root = join(import.meta.dirname, '..', '..')
const path = join(root, 'docs', 'observability.md')
const broker = await ObservedBroker.start()
try {
  await broker.traffic()
  const {host, client} = await environmentOf({cwd: root, version: 'dev'})
  const date = new Date().toISOString().slice(0, 10)
  const machine = `${date}: ${host.cpuModel}, ${host.cpuCount} cores, Linux ${host.kernel}, Node ${client.node}.`
  const page = await rewriteBlocks(await readFile(path, 'utf8'), async (command) => {
    process.stderr.write(`$ ${command}\n`)
    const profiles = command.includes('/pprof/') ? broker.traffic(8000) : undefined // something to see
    const output = await broker.run(command)
    await profiles
    return output
  })
  await writeFile(path, withMachine(withTable(page, metricsTable(await broker.metrics())), machine))
} finally {
  await broker.stop()
}
